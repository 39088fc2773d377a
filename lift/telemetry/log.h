#pragma once
// Logging with fields, within a request and outside of any.
//
//   ctx.log().info("charged", field("amount", 12));
//   ctx.log("ledger").warn("slow", field("ms", 250));
//   app.log("startup").info("ready");
//
// A line below its module's level is not heard. Within a request such lines are held back and shown
// after all if the request fails, is slow, or its tenant is armed.
// Thread-safety: within a request, its loop; else from any thread.
// Cost: a line that nobody hears about 2 ns outside of requests; else 20 to 60 ns, no allocation.

#include <array>
#include <span>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/telemetry/field.h"
#include "lift/telemetry/log_levels.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/trail.h"

namespace lift {

class Log {
 public:
  /// Says nothing.
  Log() = default;
  /// Of a request.
  Log(Trail& trail, const LogModule& module, SpanId span) noexcept
      : trail_(&trail), module_(&module), span_(span) {}
  /// Outside of requests.
  Log(RecordBuffer& records, const Clock& clock, const LogModule& module) noexcept
      : records_(&records), clock_(&clock), module_(&module) {}

  template <class... Fields>
  void debug(std::string_view message, const Fields&... fields) const noexcept {
    write(LogLevel::debug, message, fields...);
  }
  template <class... Fields>
  void info(std::string_view message, const Fields&... fields) const noexcept {
    write(LogLevel::info, message, fields...);
  }
  template <class... Fields>
  void warn(std::string_view message, const Fields&... fields) const noexcept {
    write(LogLevel::warn, message, fields...);
  }
  template <class... Fields>
  void error(std::string_view message, const Fields&... fields) const noexcept {
    write(LogLevel::error, message, fields...);
  }
  template <class... Fields>
  void write(LogLevel level, std::string_view message, const Fields&... fields) const noexcept {
    const std::array<Field, sizeof...(Fields)> all{fields...};
    write_all(level, message, all);
  }
  void write_all(LogLevel level, std::string_view message,
                 std::span<const Field> fields) const noexcept;

 private:
  Trail* trail_ = nullptr;
  RecordBuffer* records_ = nullptr;
  const Clock* clock_ = nullptr;
  const LogModule* module_ = nullptr;
  SpanId span_;
};

}  // namespace lift
