#include "lift/net/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace lift {
namespace {

TEST(Signals, TellsEachSignalThatArrives) {
  Signals signals;
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals.wait(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(signals.wait(), SIGINT);
}

TEST(Signals, AnInterruptEndsOneWait) {
  Signals signals;
  signals.interrupt();
  EXPECT_EQ(signals.wait(), 0);
  std::thread other([&] { signals.interrupt(); });
  EXPECT_EQ(signals.wait(), 0);
  other.join();
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals.wait(), SIGTERM);
}

}  // namespace
}  // namespace lift
