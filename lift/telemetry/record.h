#pragma once
// What is written down of a request at its end, and of a line logged outside of any: plain values
// and views, before they go into a thread's ring and after they have come out of it.
//
// Thread-safety: plain values. What a record refers to must live while it is written; what was read
// refers to the ring and holds until the next read.
// Cost: see RecordBuffer.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/trace_id.h"
#include "lift/telemetry/trail.h"

namespace lift {

class Histogram;

/// A line outside of requests, or one that did not fit into its request's trail.
struct LineRecord {
  Instant at;
  LogLevel level = LogLevel::info;
  std::string_view module;
  std::string_view message;
  std::span<const Field> fields;
  TraceId trace{};
  SpanId span{};
  TrailIdentity identity{};
};

/// The texts of a request. Redaction comes after the ring: here they are as they were received.
struct RequestTexts {
  std::string_view method;
  std::string_view operation;
  std::string_view path;
  std::string_view query;
  std::string_view request_id;
  std::string_view tenant;
  std::string_view user;
  std::string_view user_agent;
  std::string_view rejected_by;
  std::string_view reason;
  std::string_view trace_state;
  std::string_view error_message;
  std::string_view request_body;
  std::string_view response_body;
};
/// Calls `visit` with each of them, in one order.
template <class Texts, class Visit>
constexpr void for_each_text(Texts& texts, Visit&& visit) {
  visit(texts.method);
  visit(texts.operation);
  visit(texts.path);
  visit(texts.query);
  visit(texts.request_id);
  visit(texts.tenant);
  visit(texts.user);
  visit(texts.user_agent);
  visit(texts.rejected_by);
  visit(texts.reason);
  visit(texts.trace_state);
  visit(texts.error_message);
  visit(texts.request_body);
  visit(texts.response_body);
}
/// Longer ones are cut.
inline constexpr std::size_t kMaxRequestText = 60'000;

/// The numbers of a request.
struct RequestNumbers {
  Instant start;
  Duration duration{};
  TraceId trace;
  SpanId span;
  SpanId parent;
  std::array<std::uint8_t, 16> client_address{};  ///< v4-mapped for IPv4, zero for none
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  const Histogram* duration_series = nullptr;  ///< which has it: where its exemplar belongs
  double sampling_probability = 1;
  std::uint16_t status = 0;
  std::uint16_t max_body = 1024;  ///< bytes that are shown of its bodies
  std::uint8_t outcome = 0;       ///< an OutcomeKind
  std::uint8_t version_minor = 1;
  LogLevel level = LogLevel::info;
  Kept kept = Kept::no;
  bool matched = true;
  bool failed = false;
  bool threw = false;
  bool secure = false;
  bool logged = true;
  bool detailed = false;  ///< lines that were held are shown: it failed, was slow, or is watched
  bool request_body_json = false;  ///< else a form
  bool response_body_json = false;
};

struct RequestRecord {
  RequestNumbers numbers;
  RequestTexts texts;
  const Trail* trail = nullptr;  ///< what the handler added; null for nothing
};

/// A span read back.
struct SpanRecord {
  std::string_view name;
  SpanId id;
  SpanId parent;
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  bool open = false;
  Instant start;
  Duration duration{};
  std::vector<Field> fields;
  struct Event {
    std::string_view name;
    Instant at;
    std::vector<Field> fields;
  };
  std::vector<Event> events;
};

/// A line read back.
struct LineRead {
  LogLevel level = LogLevel::info;
  Instant at;
  std::string_view module;
  std::string_view message;
  SpanId span;
  std::vector<Field> fields;
};

/// A record read back.
struct RequestRead {
  RequestNumbers numbers;
  RequestTexts texts;
  std::vector<Field> fields;
  std::vector<LineRead> lines;
  std::vector<SpanRecord> spans;
};
struct LineReadAlone {
  LineRead line;
  TraceId trace;
  std::string_view request_id;
  std::string_view tenant;
  std::string_view user;
};

}  // namespace lift
