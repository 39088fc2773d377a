#include <algorithm>
#include <array>
#include <string>

#include "lift/telemetry/detail/otlp_messages.h"

namespace lift::detail {
namespace {

// Numbers of trace.proto: kinds, then flags.
constexpr std::uint32_t kInternal = 1, kServer = 2, kClient = 3;
constexpr std::uint32_t kSampled = 0x01, kRandom = 0x02, kRemoteKnown = 0x100, kRemote = 0x200;

constexpr std::string_view kOther = "_OTHER";

std::string_view known_method(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 10> kMethods{
      "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "QUERY"};
  return std::ranges::find(kMethods, method) != kMethods.end() ? method : kOther;
}

std::string span_name(const RequestView& request) {
  const std::string_view method = known_method(request.method);
  std::string name(method == kOther ? "HTTP" : method);
  if (request.matched && !request.operation.empty()) name.append(" ").append(request.operation);
  return name;
}

template <class Emitter>
void emit_status(Emitter& out, bool ok, bool error) {
  if (!ok && !error) return;
  const std::size_t status = out.object(15, "status");
  out.number(3, "code", error ? 2 : 1);
  out.end(status);
}

template <class Emitter>
void emit_ids(Emitter& out, const TraceId& trace, const SpanId& span, const SpanId& parent) {
  out.id(1, "traceId", trace.bytes);
  out.id(2, "spanId", span.bytes);
  if (parent.valid()) out.id(4, "parentSpanId", parent.bytes);
}

template <class Emitter>
void emit_times(Emitter& out, WallTime start, WallTime end) {
  out.fixed64(7, "startTimeUnixNano", unix_nanos(start));
  out.fixed64(8, "endTimeUnixNano", unix_nanos(std::max(start, end)));
}

template <class Emitter>
void emit_dropped(Emitter& out, int field, std::string_view name, std::uint32_t count) {
  if (count > 0) out.number(field, name, count);
}

template <class Emitter>
void emit_server_span(Emitter& out, const RequestView& request, std::size_t value_cap) {
  const std::size_t span = out.item(kOtlpItems);
  emit_ids(out, request.trace, request.span, request.parent);
  if (!request.trace_state.empty()) out.text(3, "traceState", request.trace_state);
  // Whether the id of a trace that another began is random is the other's to say.
  const std::uint32_t origin = request.parent.valid() ? kRemote : kRandom;
  out.flags(16, "flags", kSampled | kRemoteKnown | origin);
  out.text(5, "name", span_name(request));
  out.number(6, "kind", kServer);
  emit_times(out, request.start, request.start + request.duration);
  OtlpAttributes attributes(out, 9, value_cap);
  add_request(attributes, request);
  attributes.add_fields(request.fields);
  emit_dropped(out, 10, "droppedAttributesCount", attributes.end());
  emit_status(out, false, request.failed || request.status >= 500);
  out.end(span);
}

template <class Emitter>
void emit_event(Emitter& out, const EventView& event, std::size_t value_cap) {
  const std::size_t item = out.item(11);
  out.fixed64(1, "timeUnixNano", unix_nanos(event.time));
  out.text(2, "name", event.name);
  OtlpAttributes attributes(out, 3, value_cap);
  attributes.add_fields(event.fields);
  emit_dropped(out, 4, "droppedAttributesCount", attributes.end());
  out.end(item);
}

template <class Emitter>
void emit_events(Emitter& out, std::span<const EventView> events, std::size_t value_cap) {
  if (events.empty()) return;
  const std::size_t some = std::min(events.size(), kOtlpLimit);
  out.list("events");
  for (const EventView& event : events.first(some)) emit_event(out, event, value_cap);
  out.end_list();
  emit_dropped(out, 12, "droppedEventsCount", static_cast<std::uint32_t>(events.size() - some));
}

template <class Emitter>
void emit_inner_span(Emitter& out, const SpanView& view, const RequestView& request,
                     std::size_t value_cap) {
  const std::size_t span = out.item(kOtlpItems);
  emit_ids(out, request.trace, view.id, view.parent);
  out.flags(16, "flags", kSampled | kRemoteKnown);
  out.text(5, "name", view.name);
  out.number(6, "kind", view.kind == SpanKind::client ? kClient : kInternal);
  const WallTime end = view.open ? request.start + request.duration : view.start + view.duration;
  emit_times(out, view.start, end);
  OtlpAttributes attributes(out, 9, value_cap);
  if (view.open) attributes.add("lift.open", true);
  attributes.add_fields(view.fields);
  emit_dropped(out, 10, "droppedAttributesCount", attributes.end());
  emit_events(out, view.events, value_cap);
  emit_status(out, view.status == SpanStatus::ok, view.status == SpanStatus::error);
  out.end(span);
}

}  // namespace

template <class Emitter>
void add_request(OtlpAttributes<Emitter>& out, const RequestView& request) {
  const std::string_view method = known_method(request.method);
  out.add_text("http.request.method", method);
  if (method == kOther) out.add_text("http.request.method_original", request.method);
  if (request.matched) out.add_text("http.route", request.operation);
  out.add_text("url.path", request.path);
  out.add_text("url.scheme", request.scheme);
  out.add_text("url.query", request.query);
  if (request.status != 0) out.add("http.response.status_code", request.status);
  out.add_text("error.type", request.error_type);
  out.add_text("error.message", request.error_message);
  out.add_text("client.address", request.client_address);
  out.add_text("user_agent.original", request.user_agent);
  out.add("network.protocol.version", request.version_minor == 0 ? "1.0" : "1.1");
  out.add("http.request.body.size", request.request_bytes);
  out.add("http.response.body.size", request.response_bytes);
  out.add_text("tenant.id", request.tenant);
  out.add_text("enduser.id", request.user);
  out.add_text("lift.request_id", request.request_id);
  out.add_text("lift.outcome", request.outcome);
  out.add_text("lift.rejected_by", request.rejected_by);
  out.add_text("lift.reason", request.reason);
  out.add_text("lift.kept", to_string(request.kept));
  if (request.kept == Kept::head && request.sampling_probability < 1)
    out.add("lift.sampling_probability", request.sampling_probability);
}

template <class Emitter>
std::size_t emit_spans(Emitter& out, const RequestView& request, std::size_t value_cap) {
  emit_server_span(out, request, value_cap);
  for (const SpanView& span : request.spans) emit_inner_span(out, span, request, value_cap);
  return 1 + request.spans.size();
}

template void add_request(OtlpAttributes<ProtobufEmitter>&, const RequestView&);
template void add_request(OtlpAttributes<JsonEmitter>&, const RequestView&);
template std::size_t emit_spans(ProtobufEmitter&, const RequestView&, std::size_t);
template std::size_t emit_spans(JsonEmitter&, const RequestView&, std::size_t);

}  // namespace lift::detail
