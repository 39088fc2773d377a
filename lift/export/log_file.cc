#include "lift/export/log_file.h"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "lift/base/offload.h"
#include "lift/export/detail/bell.h"
#include "lift/export/detail/file_writer.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using detail::FileWriter;

/// So much is written without waiting for more.
constexpr std::size_t kEnough = 64U << 10U;

std::string nanoseconds(Duration time) { return std::to_string(time.count()) + "ns"; }
std::string text_of(int error) { return std::generic_category().message(error); }

}  // namespace

struct LogFile::Flush : Link {
  explicit Flush(std::uint64_t end) noexcept : upto(end) {}
  std::uint64_t upto;
  detail::Bell bell;
};

struct LogFile::Waiting {
  detail::LineBuffer lines;
  Instant due = kNever;
  detail::Bell bell;
  IntrusiveList<Flush> flushes;
};

Problems LogFileOptions::validate() const {
  Problems problems;
  if (path.empty() || path.find('\0') != std::string::npos) {
    problems.add("path", path, "must be `stdout`, `stderr` or the path of a file");
  }
  if (max_buffer < (64U << 10U) || max_buffer > (1U << 30U)) {
    problems.add("max_buffer", std::to_string(max_buffer), "must be from 64 KiB to 1 GiB");
  }
  if (max_line < 1024 || max_line > max_buffer) {
    problems.add("max_line", std::to_string(max_line), "must be from 1 KiB to `max_buffer`");
  }
  if (max_delay < 0ns || max_delay > 10s) {
    problems.add("max_delay", nanoseconds(max_delay), "must be from 0 to 10 s");
  }
  if (rotate_bytes != 0 && rotate_bytes < 4096) {
    problems.add("rotate_bytes", std::to_string(rotate_bytes), "must be 0 or at least 4 KiB");
  }
  if (rotate_age != 0ns && rotate_age < 1s) {
    problems.add("rotate_age", nanoseconds(rotate_age), "must be 0 or at least 1 s");
  }
  if (rotate_keep < 1 || rotate_keep > 1000) {
    problems.add("rotate_keep", std::to_string(rotate_keep), "must be from 1 to 1000");
  }
  problems.add_all("backoff", backoff.validate());
  return problems;
}

Result<std::unique_ptr<LogFile>> LogFile::open(const LogFileOptions& options) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  std::unique_ptr<LogFile> file(new LogFile(options));
  const int error = file->writer_->open();
  if (error != 0) return fail("open_failed", options.path + ": " + text_of(error));
  return file;
}

LogFile::LogFile(const LogFileOptions& options)
    : options_(options),
      backoff_(Backoff::make(options.backoff).value()),
      waiting_(std::make_unique<Waiting>()),
      writer_(std::make_shared<FileWriter>(options.path,
                                           FileWriter::Rotation{.bytes = options.rotate_bytes,
                                                                .age = options.rotate_age,
                                                                .keep = options.rotate_keep})) {}

LogFile::~LogFile() = default;

void LogFile::line(std::string_view bytes, LogLevel level) {
  ledger_.given(1);
  if (stopped_) return ledger_.dropped(Loss::shutdown, 1);
  if (bytes.size() > options_.max_line) return ledger_.dropped(Loss::oversize, 1);
  const std::size_t room =
      level >= LogLevel::warn ? options_.max_buffer : options_.max_buffer / 10 * 9;
  const std::size_t cost = bytes.size() + sizeof(std::size_t);
  if (waiting_->lines.cost() + writing_cost_ + cost > room) {
    return ledger_.dropped(Loss::queue_full, 1);
  }
  const bool first = waiting_->lines.finished();
  waiting_->lines.add(bytes);
  const bool enough = waiting_->lines.cost() >= kEnough;
  if (enough ? waiting_->due > Instant::min() : first) {
    const Instant now = Loop::current().clock().now();
    waiting_->due = enough ? Instant::min() : saturating_add(now, options_.max_delay);
    waiting_->bell.ring();
  }
  ++accepted_;
}

Task<void> LogFile::run() {
  running_ = true;
  Loop& loop = Loop::current();
  while (!stopped_) {
    const bool left_over = writing_cost_ > 0;
    if (left_over || reopen_ || waiting_->due <= loop.clock().now()) {
      co_await write_some();
    } else {
      co_await waiting_->bell.until(waiting_->due);
    }
  }
  end();
}

Task<void> LogFile::write_some() {
  const Instant now = Loop::current().clock().now();
  if (writing_cost_ == 0) {
    std::swap(writer_->lines, waiting_->lines);
    writing_cost_ = writer_->lines.cost();
    waiting_->due = kNever;
  }
  const bool reopen = std::exchange(reopen_, false);
  auto work = [writer = writer_, reopen, now] { return writer->write(reopen, now); };
  FileWriter::Progress progress;
  bool refused = false;
  try {
    auto written = offload(std::move(work));
    progress = co_await written;
  } catch (const Overloaded&) {
    refused = true;
    reopen_ = reopen_ || reopen;
    progress = {.lines = 0, .failures = 1, .error = EAGAIN};
  }
  account(progress.lines, progress.failures, progress.error);
  if (refused || !writer_->lines.finished()) co_await pause();
}

void LogFile::account(std::size_t lines, std::uint64_t failures, int error) {
  ledger_.delivered(lines);
  written_ += lines;
  write_errors_.fetch_add(failures, std::memory_order_relaxed);
  problem_ = error == 0 ? "" : text_of(error);
  if (lines > 0) retries_ = 0;
  if (writer_->lines.finished()) {
    writer_->lines.clear();
    writing_cost_ = 0;
  }
  wake_flushes();
}

Task<void> LogFile::pause() {
  Loop& loop = Loop::current();
  last_pause_ = backoff_.delay(++retries_, last_pause_, loop.random());
  const Instant until = saturating_add(loop.clock().now(), last_pause_);
  while (!stopped_ && loop.clock().now() < until) co_await waiting_->bell.until(until);
}

Task<bool> LogFile::flush(Instant deadline) {
  Loop& loop = Loop::current();
  if (!waiting_->lines.finished()) waiting_->due = Instant::min();
  waiting_->bell.ring();
  Flush flush(accepted_);
  waiting_->flushes.push_back(flush);
  while (!over_ && written_ < flush.upto && loop.clock().now() < deadline) {
    co_await flush.bell.until(deadline);
  }
  co_return over_ || written_ >= flush.upto;
}

void LogFile::wake_flushes() noexcept {
  IntrusiveList<Flush> waiting;
  waiting.splice_back(waiting_->flushes);
  while (Flush* flush = waiting.pop_front()) {
    waiting_->flushes.push_back(*flush);
    flush->bell.ring();
  }
}

void LogFile::reopen() noexcept {
  reopen_ = true;
  waiting_->bell.ring();
}

void LogFile::stop() noexcept {
  stopped_ = true;
  waiting_->bell.ring();
  if (!running_) end();
}

void LogFile::end() noexcept {
  over_ = true;
  ledger_.dropped(Loss::shutdown, accepted_ - written_);
  written_ = accepted_;
  wake_flushes();
}

}  // namespace lift
