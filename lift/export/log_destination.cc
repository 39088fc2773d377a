#include "lift/export/log_destination.h"

#include <utility>

namespace lift {

Result<std::unique_ptr<LogDestination>> LogDestination::open(const LogFileOptions& file,
                                                             const LogLineOptions& lines,
                                                             const Resource& resource) {
  if (auto valid = lines.validate().as_result(); !valid) return std::unexpected(valid.error());
  auto opened = LogFile::open(file);
  if (!opened) return std::unexpected(opened.error());
  const bool standard = file.path == "stdout" || file.path == "stderr";
  return std::unique_ptr<LogDestination>(new LogDestination(
      standard ? file.path : std::string("file"), std::move(*opened), lines, resource));
}

LogDestination::LogDestination(std::string name, std::unique_ptr<LogFile> file,
                               const LogLineOptions& lines, const Resource& resource)
    : name_(std::move(name)), file_(std::move(file)), encoder_(resource, lines) {}

void LogDestination::request(const RequestView& request) {
  for (const LogView& line : request.logs) {
    encoder_.program(line_, line, request);
    write(line.level);
  }
  if (!request.logged) return;
  encoder_.request(line_, request);
  write(request.level);
}

void LogDestination::log(const LogView& line, const RequestView* within) {
  if (within != nullptr) {
    encoder_.program(line_, line, *within);
  } else {
    encoder_.program(line_, line);
  }
  write(line.level);
}

void LogDestination::write(LogLevel level) {
  file_->line(line_, level);
  line_.clear();
}

Task<void> LogDestination::flush(Instant deadline) { (void)co_await file_->flush(deadline); }

}  // namespace lift
