#include "lift/telemetry/log.h"

#include "lift/telemetry/record_buffer.h"

namespace lift {

void Log::write_all(LogLevel level, std::string_view message,
                    std::span<const Field> fields) const noexcept {
  if (trail_ != nullptr) return trail_->log(*module_, level, span_, message, fields);
  if (records_ == nullptr || !module_->hears(level)) return;
  const LineRecord line{.at = clock_->now(),
                        .level = level,
                        .module = module_->name(),
                        .message = message,
                        .fields = fields};
  records_->line(line);
}

}  // namespace lift
