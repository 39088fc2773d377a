#pragma once
// Lines into a file, or the standard output or error.
//
// Lines gather in a buffer, which a worker thread writes: the loop never waits for a disk, a pipe
// or a terminal. A file is opened for appending and whole lines are handed to single calls of
// write(2), so lines of several writers do not mix, and a process that is killed leaves whole
// lines, but for the one that the kernel was just copying; what was cut off so is ended by a
// newline when the file is opened again. A write that fails (disk full, I/O error, reader gone) is
// counted and repeated with a back-off while the bounded buffer fills.
// Thread-safety: belongs to one loop, but for stats() and write_errors().
// Cost: a line about 20 ns to copy; a write one hop to a worker, at most one each `max_delay` while
// little is logged; nothing while nothing is.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/base/task.h"
#include "lift/export/delivery_ledger.h"
#include "lift/export/line_sink.h"
#include "lift/resilience/backoff.h"

namespace lift {
namespace detail {
class FileWriter;
}

struct LogFileOptions {
  /// "stdout", "stderr" or a path; its folder must exist.
  std::string path = "stdout";
  /// Of lines not yet written: 64 KiB to 1 GiB. At the cap the newest is dropped; the last tenth is
  /// for WARN and ERROR.
  std::size_t max_buffer = 16U << 20U;
  /// A longer line is dropped as `oversize`: 1 KiB to `max_buffer`.
  std::size_t max_line = 1U << 20U;
  /// How long a line waits for others: 0 to 10 s.
  Duration max_delay = std::chrono::milliseconds(20);
  /// Of a file that is given a new one: 4 KiB or more; 0: never. Not of stdout and stderr.
  std::uint64_t rotate_bytes = 0;
  /// Likewise, since it was opened: 1 s or more; 0: never. Looked at when something is written.
  Duration rotate_age{0};
  /// Rotated files that are kept, as path.1 (the newest) to path.N: 1 to 1,000.
  unsigned rotate_keep = 5;
  /// Between attempts to write.
  BackoffOptions backoff{.base = std::chrono::milliseconds(100), .cap = std::chrono::seconds(5)};

  [[nodiscard]] Problems validate() const;
};

class LogFile final : public LineSink {
 public:
  /// Opens the file. Errors: `bad_configuration`, `open_failed`.
  static Result<std::unique_ptr<LogFile>> open(const LogFileOptions& options);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() override;

  void line(std::string_view bytes, LogLevel level) override;
  /// Writes until stop(). Call once, on the loop; keep this alive until it has finished.
  Task<void> run();
  /// Finishes when every line that was given before it is written or dropped, at `deadline`, or
  /// when run() has ended. True if all are.
  Task<bool> flush(Instant deadline);
  /// Opens the path anew before the next line is written, after something else has renamed the
  /// file. The old one is kept if that fails, which is counted.
  void reopen() noexcept;
  /// Ends run() once the write under way has returned; what is not written then is dropped.
  void stop() noexcept;

  /// Of lines. From any thread.
  [[nodiscard]] DestinationStats stats() const noexcept { return ledger_.stats(); }
  /// Calls that failed: write(2), open(2), rename(2). From any thread.
  [[nodiscard]] std::uint64_t write_errors() const noexcept {
    return write_errors_.load(std::memory_order_relaxed);
  }
  /// Why the last one did ("No space left on device"), "" since the last success.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct Flush;
  struct Waiting;
  explicit LogFile(const LogFileOptions& options);
  Task<void> write_some();
  Task<void> pause();
  void account(std::size_t lines, std::uint64_t failures, int error);
  void wake_flushes() noexcept;
  void end() noexcept;

  LogFileOptions options_;
  Backoff backoff_;
  DeliveryLedger ledger_;
  std::unique_ptr<Waiting> waiting_;
  std::shared_ptr<detail::FileWriter> writer_;  // a worker's while one writes
  std::size_t writing_cost_ = 0;                // of what the writer has, 0 when it is through
  std::uint64_t accepted_ = 0;                  // lines that were not dropped at once
  std::uint64_t written_ = 0;
  std::uint64_t retries_ = 0;  // in a row
  Duration last_pause_{};
  std::atomic<std::uint64_t> write_errors_{0};
  std::string problem_;
  bool reopen_ = false;
  bool running_ = false;
  bool stopped_ = false;
  bool over_ = false;
};

}  // namespace lift
