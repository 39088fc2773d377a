#pragma once
// One request as telemetry knows it: what every encoder makes its log line, its span or its
// exemplar from. Nothing here needs redaction any more.
//
// Thread-safety: plain values; views hold during the call that they are given to.
// Cost: none.

#include <cstdint>
#include <span>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/telemetry/field.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

/// "DEBUG", "INFO", "WARN", "ERROR".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// A line that a program logged, within a request or outside of any.
struct LogView {
  WallTime time = {};
  LogLevel level = LogLevel::info;
  std::string_view module =
      {};  ///< the part of the program that speaks, "app" unless it says otherwise
  std::string_view message = {};
  std::span<const Field> fields = {};
  SpanId span = {};  ///< in which it was logged; none outside of requests
};

struct EventView {
  WallTime time = {};
  std::string_view name = {};
  std::span<const Field> fields = {};
};

enum class SpanKind : std::uint8_t { internal, client };
enum class SpanStatus : std::uint8_t { unset, ok, error };

/// A piece of work within a request.
struct SpanView {
  std::string_view name = {};
  SpanId id = {};
  SpanId parent = {};
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  WallTime start = {};
  Duration duration{};
  bool open = false;  ///< had not ended when the request did
  std::span<const Field> fields = {};
  std::span<const EventView> events = {};
};

/// Why a trace is kept, "" for none: the head's decision, or what came to light at the end.
enum class Kept : std::uint8_t { no, head, error, slow, armed };

[[nodiscard]] std::string_view to_string(Kept kept) noexcept;

struct RequestView {
  WallTime start = {};
  Duration duration{};

  TraceId trace = {};
  SpanId span = {};    ///< of this request: the server span
  SpanId parent = {};  ///< none at the root
  std::string_view trace_state = {};
  Kept kept = Kept::no;  ///< no: no span is exported, logs are
  /// How likely the head keeps such a request, 0 to 1, for counts to be weighted by.
  double sampling_probability = 1;

  std::string_view method = {};     ///< "GET"
  std::string_view operation = {};  ///< the route's template; "unmatched" where no route is
  bool matched = true;
  std::string_view path = {};
  std::string_view query = {};  ///< redacted
  std::string_view scheme = {};
  int version_minor = 1;
  int status = 0;                 ///< 0: no answer was sent
  std::string_view outcome = {};  ///< of OutcomeKind, "success" …
  bool failed = false;            ///< counts as an error: 5xx, exception, timeout
  std::string_view rejected_by = {};
  std::string_view reason = {};
  std::string_view error_type = {};     ///< "500", "timeout"; "" on success
  std::string_view error_message = {};  ///< the cause, for logs; "" if none

  std::string_view request_id = {};
  std::string_view tenant = {};
  std::string_view user = {};
  std::string_view client_address = {};
  std::string_view user_agent = {};
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  std::string_view request_body = {};   ///< redacted and capped; "" unless asked for
  std::string_view response_body = {};  ///< likewise

  LogLevel level = LogLevel::info;     ///< of its canonical line
  bool logged = true;                  ///< its canonical line was not sampled away
  std::span<const Field> fields = {};  ///< what the handler added
  std::span<const LogView> logs = {};
  std::span<const SpanView> spans = {};
};

}  // namespace lift
