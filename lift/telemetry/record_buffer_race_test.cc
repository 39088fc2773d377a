#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "lift/telemetry/record_buffer.h"

namespace lift {
namespace {

struct Sum final : RecordBuffer::Reader {
  void request(const RequestRead& record) override {
    ++count;
    sum += record.numbers.request_bytes;
  }
  void line(const LineReadAlone&) override { ++lines; }
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t lines = 0;
};

TEST(RecordBufferRace, WhomToWakeMayChangeWhileOthersWake) {
  RecordBuffer records;
  std::atomic<std::uint64_t> wakes{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    Sum read;
    while (!stop) {
      records.drain(read, SIZE_MAX);  // a full ring would wake no one
      records.sleep();
      records.line(
          {.at = {}, .level = LogLevel::error, .module = "m", .message = "x", .fields = {}});
    }
  });
  for (int i = 0; i < 10'000 || wakes == 0; ++i) {
    records.on_wake(
        [&wakes, one = std::make_shared<int>(1)] { wakes += static_cast<unsigned>(*one); });
    records.on_wake({});
  }
  stop = true;
  writer.join();
  EXPECT_GT(wakes.load(), 0U);
}

TEST(RecordBufferRace, WhatIsWrittenIsReadOnceOrCountedAsLost) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 20'000;
  RecordBuffer records({.ring_bytes = 64 << 10});
  std::atomic<std::uint64_t> wakes{0};
  records.on_wake([&wakes] { ++wakes; });
  std::atomic<bool> stop{false};
  Sum read;
  std::thread exporter([&] {
    while (!stop) {
      records.drain(read, 100);
      records.sleep();
    }
  });
  std::vector<std::thread> writers;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    writers.emplace_back([&records] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        RequestRecord record;
        record.numbers.request_bytes = i;
        record.numbers.kept = Kept::head;
        records.request(record);
        records.line(
            {.at = {}, .level = LogLevel::error, .module = "m", .message = "x", .fields = {}});
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  exporter.join();
  records.drain(read, SIZE_MAX);
  const std::uint64_t lost = records.losses().count(Signal::traces, Loss::ring_full);
  EXPECT_EQ(read.count + lost, kThreads * kEach);
  const std::uint64_t lines_lost =
      records.losses().count(Signal::logs, Loss::ring_full) - lost;  // a request is a line as well
  EXPECT_EQ(read.lines + lines_lost, kThreads * kEach);
  EXPECT_GT(wakes.load(), 0U);
}

}  // namespace
}  // namespace lift
