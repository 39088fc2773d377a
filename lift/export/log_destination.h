#pragma once
// The destination of log lines: one JSON object a line, into a file or the standard output.
//
// Thread-safety: belongs to one loop, but for stats().
// Cost: rendering about 250 ns a line, and its share of a write.

#include <memory>
#include <string>

#include "lift/base/error.h"
#include "lift/export/destination.h"
#include "lift/export/log_file.h"
#include "lift/telemetry/log_line.h"

namespace lift {

class LogDestination final : public Destination {
 public:
  /// Errors: those of LogFile::open().
  static Result<std::unique_ptr<LogDestination>> open(const LogFileOptions& file,
                                                      const LogLineOptions& lines,
                                                      const Resource& resource);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::logs; }
  /// For lines of others' making.
  [[nodiscard]] LineSink& sink() noexcept { return *file_; }
  void request(const RequestView& request) override;
  void log(const LogView& line, const RequestView* within) override;
  Task<void> run() override { return file_->run(); }
  Task<void> flush(Instant deadline) override;
  void reopen() override { file_->reopen(); }
  void stop() noexcept override { file_->stop(); }
  [[nodiscard]] DestinationStats stats() const noexcept override { return file_->stats(); }
  [[nodiscard]] std::string_view problem() const noexcept override { return file_->problem(); }

 private:
  LogDestination(std::string name, std::unique_ptr<LogFile> file, const LogLineOptions& lines,
                 const Resource& resource);
  void write(LogLevel level);

  std::string name_;
  std::unique_ptr<LogFile> file_;
  LogLineEncoder encoder_;
  std::string line_;
};

}  // namespace lift
