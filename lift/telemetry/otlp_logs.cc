#include <array>
#include <string>

#include "lift/telemetry/detail/message.h"
#include "lift/telemetry/detail/otlp_messages.h"

namespace lift::detail {
namespace {

// SeverityNumber of logs.proto.
std::uint32_t severity(LogLevel level) noexcept {
  constexpr std::array<std::uint32_t, 5> kNumbers{5, 9, 13, 17, 0};
  return kNumbers[static_cast<std::size_t>(level)];
}

template <class Emitter>
void emit_record_head(Emitter& out, WallTime time, LogLevel level, std::string_view body,
                      std::size_t value_cap) {
  out.fixed64(1, "timeUnixNano", unix_nanos(time));
  out.fixed64(11, "observedTimeUnixNano", unix_nanos(time));
  out.number(2, "severityNumber", severity(level));
  out.text(3, "severityText", to_string(level));
  const std::size_t any = out.object(5, "body");
  if (body.size() <= value_cap) {
    out.text(1, "stringValue", body);
  } else {
    out.text(1, "stringValue", std::string(utf8_prefix(body, value_cap)).append(kCut));
  }
  out.end(any);
}

template <class Emitter>
void emit_trace(Emitter& out, const RequestView& request, const SpanId& span) {
  if (!request.trace.valid()) return;
  out.flags(8, "flags", request.kept == Kept::no ? 0 : 1);
  out.id(9, "traceId", request.trace.bytes);
  if (span.valid()) out.id(10, "spanId", span.bytes);
}

template <class Emitter>
void emit_canonical(Emitter& out, const RequestView& request, std::size_t value_cap) {
  const std::size_t record = out.item(kOtlpItems);
  emit_record_head(out, request.start + request.duration, request.level, message_of(request),
                   value_cap);
  OtlpAttributes attributes(out, 6, value_cap);
  add_request(attributes, request);
  attributes.add("lift.duration_ms", static_cast<double>(request.duration.count()) / 1e6);
  attributes.add_text("lift.request_body", request.request_body);
  attributes.add_text("lift.response_body", request.response_body);
  attributes.add_fields(request.fields);
  if (const std::uint32_t dropped = attributes.end(); dropped > 0)
    out.number(7, "droppedAttributesCount", dropped);
  emit_trace(out, request, request.span);
  out.end(record);
}

// `request` is empty for a line from outside of requests.
template <class Emitter>
void emit_program(Emitter& out, const LogView& line, const RequestView& request,
                  std::size_t value_cap) {
  const std::size_t record = out.item(kOtlpItems);
  emit_record_head(out, line.time, line.level, line.message, value_cap);
  OtlpAttributes attributes(out, 6, value_cap);
  attributes.add_text("lift.module", line.module);
  attributes.add_text("lift.request_id", request.request_id);
  attributes.add_text("tenant.id", request.tenant);
  if (request.matched) attributes.add_text("http.route", request.operation);
  attributes.add_fields(line.fields);
  if (const std::uint32_t dropped = attributes.end(); dropped > 0)
    out.number(7, "droppedAttributesCount", dropped);
  emit_trace(out, request, line.span.valid() ? line.span : request.span);
  out.end(record);
}

}  // namespace

template <class Emitter>
std::size_t emit_logs(Emitter& out, const RequestView& request, std::size_t value_cap) {
  if (request.logged) emit_canonical(out, request, value_cap);
  for (const LogView& line : request.logs) emit_program(out, line, request, value_cap);
  return (request.logged ? 1 : 0) + request.logs.size();
}

template <class Emitter>
void emit_log(Emitter& out, const LogView& line, std::size_t value_cap) {
  emit_program(out, line, RequestView{}, value_cap);
}

template std::size_t emit_logs(ProtobufEmitter&, const RequestView&, std::size_t);
template std::size_t emit_logs(JsonEmitter&, const RequestView&, std::size_t);
template void emit_log(ProtobufEmitter&, const LogView&, std::size_t);
template void emit_log(JsonEmitter&, const LogView&, std::size_t);

}  // namespace lift::detail
