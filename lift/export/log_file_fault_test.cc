// A log file whose disk, pipe or process fails.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "lift/export/log_file.h"
#include "lift/testing/sim_world.h"
#include "tests/support/scratch_folder.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// While it lives, no file of this process grows beyond `bytes`: a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

struct Bed {
  explicit Bed(std::string where, std::size_t max_buffer = 16U << 20U) : path(std::move(where)) {
    LogFileOptions options{.path = path, .max_buffer = max_buffer};
    options.max_line = std::min<std::size_t>(options.max_line, max_buffer);
    file = LogFile::open(options).value();
    running = file->run();
  }
  void lines(int count) {
    for (; count > 0; --count) {
      const std::string text = "line " + std::to_string(next++) + "\n";
      file->line(text, LogLevel::info);
      expected += text;
    }
  }
  bool flushed(Duration time = 10s) {
    Task<bool> flush = file->flush(world.now() + time);
    world.advance(time);
    return flush.done() && flush.take();
  }
  std::string path;
  SimWorld world;
  std::unique_ptr<LogFile> file;
  Task<void> running;
  int next = 0;
  std::string expected;
};

TEST(LogFileFault, ADeviceThatIsFullIsCountedAndLossesAreBounded) {
  Bed bed("/dev/full", 64U << 10U);
  bed.lines(10'000);
  EXPECT_FALSE(bed.flushed(1min));
  const DestinationStats stats = bed.file->stats();
  EXPECT_EQ(stats.delivered, 0U);
  EXPECT_GT(stats.pending, 1000U);
  EXPECT_EQ(stats.dropped_for(Loss::queue_full), 10'000 - stats.pending);
  EXPECT_EQ(bed.file->problem(), "No space left on device");
  // With a back-off: a minute is no busy loop.
  EXPECT_GT(bed.file->write_errors(), 10U);
  EXPECT_LT(bed.file->write_errors(), 200U);
  bed.file->stop();
  bed.world.settle();
  EXPECT_EQ(bed.file->stats().dropped, 10'000U);
}

TEST(LogFileFault, GoesOnWithinALineWhenSpaceReturns) {
  const test::ScratchFolder folder;
  Bed bed(folder / "log");
  {
    const FileSizeLimit full(1003);  // in the midst of a line
    bed.lines(500);
    EXPECT_FALSE(bed.flushed());
    EXPECT_EQ(content(bed.path), bed.expected.substr(0, 1003));
    EXPECT_EQ(bed.file->stats().delivered, 123U);
    EXPECT_EQ(bed.file->problem(), "File too large");
  }
  EXPECT_TRUE(bed.flushed());
  EXPECT_EQ(content(bed.path), bed.expected);
  EXPECT_EQ(bed.file->problem(), "");
  EXPECT_EQ(bed.file->stats().delivered, 500U);
}

TEST(LogFileFault, ALineThatWasBegunGoesWholeIntoTheNewFile) {
  const test::ScratchFolder folder;
  Bed bed(folder / "log");
  {
    const FileSizeLimit full(1003);
    bed.lines(500);
    EXPECT_FALSE(bed.flushed());
  }
  std::filesystem::rename(bed.path, bed.path + ".old");
  bed.file->reopen();
  EXPECT_TRUE(bed.flushed());
  const std::size_t start = bed.expected.rfind('\n', 1002) + 1;
  EXPECT_EQ(content(bed.path + ".old"), bed.expected.substr(0, 1003) + "\n");
  EXPECT_EQ(content(bed.path), bed.expected.substr(start));
}

class LogPipeTest : public testing::Test {
 protected:
  LogPipeTest() {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    open_reader();
  }
  ~LogPipeTest() override { close_reader(); }
  void open_reader() { reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK); }
  void close_reader() { ::close(std::exchange(reader_, -1)); }
  std::string read_all() {
    std::string out;
    std::array<char, 4096> block;
    ssize_t got = 0;
    while ((got = ::read(reader_, block.data(), block.size())) > 0) {
      out.append(block.data(), static_cast<std::size_t>(got));
    }
    return out;
  }

  test::ScratchFolder folder_;
  std::string path_ = folder_ / "pipe";
  int reader_ = -1;
};

TEST_F(LogPipeTest, AReaderThatIsGoneIsNotTheEndOfTheProcess) {
  Bed bed(path_);
  close_reader();
  bed.lines(3);
  EXPECT_FALSE(bed.flushed());
  EXPECT_EQ(bed.file->problem(), "Broken pipe");
  open_reader();
  EXPECT_TRUE(bed.flushed());
  EXPECT_EQ(read_all(), bed.expected);
}

TEST_F(LogPipeTest, AReaderThatDoesNotReadBlocksNothing) {
  Bed bed(path_);
  bed.lines(20'000);
  bed.world.advance(21ms);  // as much as the pipe holds
  std::string got;
  for (int i = 0; i < 100 && bed.file->stats().pending > 0; ++i) {
    got += read_all();
    bed.world.advance(5s);
  }
  EXPECT_EQ(got + read_all(), bed.expected);
  EXPECT_EQ(bed.file->stats().delivered, 20'000U);
}

TEST_F(LogPipeTest, LinesOfTwoWritersDoNotMix) {
  Bed one(path_);
  Bed other(path_);
  std::string got;
  for (int i = 0; i < 50; ++i) {
    one.lines(100);
    other.lines(100);
    one.world.advance(21ms);
    other.world.advance(21ms);
    got += read_all();
  }
  for (std::size_t at = 0; at < got.size(); at = got.find('\n', at) + 1) {
    ASSERT_EQ(got.substr(at, 5), "line ");
  }
  EXPECT_EQ(got.size(), one.expected.size() + other.expected.size());
}

TEST(LogFileFault, KillingTheProcessLeavesWholeLines) {
  const test::ScratchFolder folder;
  const std::string path = folder / "log";
  const pid_t child = ::fork();
  if (child == 0) {
    Bed bed(path);
    while (true) {
      bed.lines(100);
      bed.world.advance(20ms);
      bed.expected.clear();
    }
  }
  while (::access(path.c_str(), F_OK) != 0 || std::filesystem::file_size(path) < 1'000'000) {
    ::poll(nullptr, 0, 1);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const std::string all = content(path);
  int number = 0;
  std::size_t at = 0;
  for (std::size_t end = 0; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
    ASSERT_EQ(all.substr(at, end - at), "line " + std::to_string(number++));
  }
  // The kernel may have been copying one; the next start ends it.
  const std::string cut_off = all.substr(at);
  EXPECT_TRUE(("line " + std::to_string(number) + "\n").starts_with(cut_off));
  Bed again(path);
  again.lines(1);
  EXPECT_TRUE(again.flushed());
  EXPECT_EQ(content(path), all + (cut_off.empty() ? "" : "\n") + "line 0\n");
}

}  // namespace
}  // namespace lift
