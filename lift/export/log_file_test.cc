#include "lift/export/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lift/testing/sim_world.h"
#include "tests/support/scratch_folder.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class LogFileTest : public testing::Test {
 protected:
  LogFile& start(LogFileOptions options = {}) {
    if (options.path == "stdout") options.path = path_;
    file_ = LogFile::open(options).value();
    running_ = file_->run();
    return *file_;
  }
  void line(const std::string& text, LogLevel level = LogLevel::info) {
    file_->line(text + "\n", level);
  }
  DestinationStats stats() {
    const DestinationStats out = file_->stats();
    EXPECT_EQ(out.given, out.delivered + out.dropped + out.pending);
    return out;
  }
  bool flushed(Duration time = 1s) {
    Task<bool> flush = file_->flush(world_.now() + time);
    world_.advance(time);
    return flush.done() && flush.take();
  }

  test::ScratchFolder folder_;
  std::string path_ = folder_ / "log";
  SimWorld world_;
  std::unique_ptr<LogFile> file_;
  Task<void> running_;
};

TEST_F(LogFileTest, ALineThatAnotherIsInTheMiddleOfIsNotTakenForTorn) {
  const auto append = [this](std::string_view text) {
    std::ofstream(path_, std::ios::binary | std::ios::app) << text;
  };
  const auto other = LogFile::open({.path = path_}).value();
  append("the other is in the mid");
  auto opened = LogFile::open({.path = path_});
  EXPECT_EQ(content(path_), "the other is in the mid");
  append("dle of this\ntorn");
  opened = LogFile::open({.path = path_});
  EXPECT_EQ(content(path_), "the other is in the middle of this\ntorn");
}

TEST_F(LogFileTest, ATornLineOfAFileThatNobodyElseHasOpenIsEnded) {
  std::ofstream(path_, std::ios::binary) << "torn";
  start();
  EXPECT_EQ(content(path_), "torn\n");
  line("a");
  EXPECT_TRUE(flushed());
  EXPECT_EQ(content(path_), "torn\na\n");
}

TEST_F(LogFileTest, LinesAreWrittenTogetherAfterTheDelay) {
  start();
  line("a");
  line("b");
  world_.advance(19ms);
  EXPECT_EQ(content(path_), "");
  world_.advance(2ms);
  EXPECT_EQ(content(path_), "a\nb\n");
  EXPECT_EQ(stats().delivered, 2U);
}

TEST_F(LogFileTest, AnIdleOneArmsNoTimer) {
  start();
  line("a");
  world_.advance(1s);
  EXPECT_FALSE(world_.loop().timers().next_wake());
}

TEST_F(LogFileTest, EnoughIsWrittenAtOnce) {
  start();
  line(std::string(70'000, 'x'));
  world_.settle();
  EXPECT_EQ(stats().delivered, 1U);
}

TEST_F(LogFileTest, AppendsAndEndsALineThatWasCutOff) {
  std::ofstream(path_) << "whole\ncut o";
  start();
  line("next");
  EXPECT_TRUE(flushed());
  EXPECT_EQ(content(path_), "whole\ncut o\nnext\n");
}

TEST_F(LogFileTest, AFlushWaitsForTheWrite) {
  start({.max_delay = 10s});
  line("a");
  Task<bool> flush = file_->flush(world_.now() + 1s);
  EXPECT_FALSE(flush.done());
  world_.settle();
  ASSERT_TRUE(flush.done());
  EXPECT_TRUE(flush.take());
  EXPECT_EQ(content(path_), "a\n");
}

TEST_F(LogFileTest, ALineOfTenMegabytesIsOversizeAndOneOfAMegabyteIsNot) {
  start();
  line(std::string(10'000'000, 'x'));
  line(std::string((1U << 20U) - 1, 'y'));
  EXPECT_TRUE(flushed());
  EXPECT_EQ(stats().dropped_for(Loss::oversize), 1U);
  EXPECT_EQ(stats().delivered, 1U);
  EXPECT_EQ(content(path_).size(), 1U << 20U);
}

TEST_F(LogFileTest, WithNoRoomTheNewestGoesAndTheLastTenthIsForWarnings) {
  start({.max_buffer = 64U << 10U, .max_line = 2000});
  world_.loop().refuse_work(true);
  const std::string text(991, 'x');  // 1,000 with its newline and its place
  for (int i = 0; i < 70; ++i) line(text);
  EXPECT_EQ(stats().pending, 58U);
  for (int i = 0; i < 10; ++i) line(text, LogLevel::error);
  EXPECT_EQ(stats().pending, 65U);
  EXPECT_EQ(stats().dropped_for(Loss::queue_full), 15U);
  world_.loop().refuse_work(false);
  EXPECT_TRUE(flushed(10s));
  EXPECT_EQ(stats().delivered, 65U);
}

TEST_F(LogFileTest, ANewFileIsBegunBySizeAndTheOldestGoes) {
  start({.rotate_bytes = 4096, .rotate_keep = 2});
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "line " + std::to_string(i) + std::string(i % 50, '.');
    line(text);
    expected += text + "\n";
  }
  EXPECT_TRUE(flushed());
  const std::string kept = content(path_ + ".2") + content(path_ + ".1") + content(path_);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".3"));
  EXPECT_TRUE(expected.ends_with(kept));
  for (const std::string& path : {path_ + ".2", path_ + ".1", path_}) {
    EXPECT_LE(content(path).size(), 4096U);
    EXPECT_TRUE(content(path).starts_with("line ") && content(path).ends_with("\n"));
  }
  EXPECT_EQ(stats().delivered, 1000U);
}

TEST_F(LogFileTest, ANewFileIsBegunByAge) {
  start({.rotate_age = 1h});
  line("a");
  EXPECT_TRUE(flushed());
  world_.advance(59min);
  line("b");
  EXPECT_TRUE(flushed());
  world_.advance(1min);
  line("c");
  EXPECT_TRUE(flushed());
  EXPECT_EQ(content(path_ + ".1"), "a\nb\n");
  EXPECT_EQ(content(path_), "c\n");
}

TEST_F(LogFileTest, ReopensWhenToldTo) {
  start();
  line("a");
  EXPECT_TRUE(flushed());
  std::filesystem::rename(path_, path_ + ".old");
  line("b");
  EXPECT_TRUE(flushed());
  file_->reopen();
  world_.settle();
  EXPECT_EQ(content(path_), "") << "at once, so that the old file's room can be had back";
  line("c");
  EXPECT_TRUE(flushed());
  EXPECT_EQ(content(path_ + ".old"), "a\nb\n");
  EXPECT_EQ(content(path_), "c\n");
}

TEST_F(LogFileTest, GoesOnWithTheOldFileWhenTheNewOneCannotBeOpened) {
  start();
  line("a");
  EXPECT_TRUE(flushed());
  std::filesystem::rename(path_, path_ + ".old");
  std::filesystem::create_directory(path_);
  file_->reopen();
  line("b");
  EXPECT_TRUE(flushed());
  EXPECT_EQ(content(path_ + ".old"), "a\nb\n");
  EXPECT_EQ(file_->write_errors(), 1U);
}

TEST_F(LogFileTest, StopDropsWhatIsNotWritten) {
  start();
  line("a");
  file_->stop();
  world_.settle();
  EXPECT_TRUE(running_.done());
  line("b");
  EXPECT_EQ(stats().dropped_for(Loss::shutdown), 2U);
  EXPECT_EQ(stats().pending, 0U);
  EXPECT_TRUE(flushed());
}

TEST(LogFileOpen, SaysWhatIsWrong) {
  const auto missing = LogFile::open({.path = "/nonexistent/folder/log"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "open_failed");
  EXPECT_EQ(missing.error().message, "/nonexistent/folder/log: No such file or directory");
  const LogFileOptions bad{.path = "",
                           .max_buffer = 1,
                           .max_line = 1,
                           .max_delay = -1s,
                           .rotate_bytes = 1,
                           .rotate_age = 1ms,
                           .rotate_keep = 0,
                           .backoff = {.factor = 0}};
  EXPECT_EQ(bad.validate().list().size(), 8U);
  EXPECT_FALSE(LogFile::open(bad));
  EXPECT_TRUE(LogFileOptions{}.validate().empty());
}

TEST(LogFileHistory, EveryLineIsInTheFilesOnceAndWhole) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    const test::ScratchFolder folder;
    const std::string path = folder / "log";
    SimWorld world(seed);
    SeededRandom random(seed);
    const auto file =
        LogFile::open({.path = path, .rotate_bytes = 4096, .rotate_keep = 500}).value();
    Task<void> running = file->run();
    std::string expected;
    for (int step = 0; step < 100; ++step) {
      switch (random.below(6)) {
        case 0:
          world.loop().refuse_work(random.below(2) == 0);
          break;
        case 1:
          file->reopen();
          break;
        case 2:
        case 3:
          world.advance(std::chrono::milliseconds(random.below(50)));
          break;
        default: {
          std::string text = std::to_string(step) + std::string(random.below(1500), '-') + "\n";
          file->line(text, LogLevel::info);
          expected += text;
        }
      }
    }
    world.loop().refuse_work(false);
    Task<bool> flush = file->flush(world.now() + 1min);
    world.advance(1min);
    ASSERT_TRUE(flush.done() && flush.take());
    std::string all;
    for (int i = 500; i > 0; --i) all += content(path + "." + std::to_string(i));
    ASSERT_EQ(all + content(path), expected);
    ASSERT_EQ(file->stats().delivered, file->stats().given);
    file->stop();
    world.settle();
    ASSERT_TRUE(running.done());
  }
}

}  // namespace
}  // namespace lift
