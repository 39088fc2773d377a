#include "lift/export/detail/request_viewer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/chain/outcome.h"
#include "lift/http/address.h"

namespace lift::detail {
namespace {

std::string_view error_type(const RequestNumbers& numbers) noexcept {
  if (!numbers.failed) return "";
  if (static_cast<OutcomeKind>(numbers.outcome) == OutcomeKind::timeout) return "timeout";
  return numbers.threw ? "exception" : "";
}

/// No more than `most` bytes, cut between characters.
void cut(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  constexpr unsigned char kContinues = 0x80;
  constexpr unsigned char kMask = 0xC0;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & kMask) == kContinues) --most;
  text.resize(most);
  text += "...[truncated]";
}

/// The next free one of things that are kept from request to request.
template <class T>
T& next(std::deque<T>& all, std::size_t& count) {
  if (count == all.size()) all.emplace_back();
  T& one = all[count++];
  one.clear();
  return one;
}

}  // namespace

void RequestViewer::begin() {
  view_ = RequestView{};
  arena_.reset();
  kept_count_ = field_list_count_ = event_list_count_ = 0;
  lines_.clear();
  spans_.clear();
}

std::string_view RequestViewer::redacted_text(std::string_view text) {
  if (text.empty()) return {};
  std::string& out = next(kept_, kept_count_);
  redactor_.append_redacted_text(out, text);
  return out;
}

std::string_view RequestViewer::redacted_body(std::string_view body, bool json, std::size_t most) {
  if (body.empty()) return {};
  most = std::min(most, max_body_);
  std::string& out = next(kept_, kept_count_);
  if (json) {
    redactor_.append_redacted_json(out, body, most);
  } else {
    redactor_.append_redacted_query(out, body);
    cut(out, most);
  }
  return out;
}

std::span<const Field> RequestViewer::fields(const std::vector<Field>& from) {
  if (from.empty()) return {};
  std::vector<Field>& list = next(field_lists_, field_list_count_);
  for (const Field& field : from) {
    list.push_back(Field{field.name, redactor_.redact_field(field, arena_), Sensitivity::open});
  }
  return list;
}

LogView RequestViewer::line(const LineRead& from) {
  return {.time = telemetry_.wall(from.at),
          .level = from.level,
          .module = from.module,
          .message = redacted_text(from.message),
          .fields = fields(from.fields),
          .span = from.span};
}

SpanView RequestViewer::span(const SpanRecord& from) {
  std::span<const EventView> events;
  if (!from.events.empty()) {
    std::vector<EventView>& list = next(event_lists_, event_list_count_);
    for (const SpanRecord::Event& event : from.events) {
      list.push_back({telemetry_.wall(event.at), event.name, fields(event.fields)});
    }
    events = list;
  }
  return {.name = from.name,
          .id = from.id,
          .parent = from.parent,
          .kind = from.kind,
          .status = from.status,
          .start = telemetry_.wall(from.start),
          .duration = from.duration,
          .open = from.open,
          .fields = fields(from.fields),
          .events = events};
}

void RequestViewer::numbers(const RequestNumbers& from) {
  view_.start = telemetry_.wall(from.start);
  view_.duration = from.duration;
  view_.trace = from.trace;
  view_.span = from.span;
  view_.parent = from.parent;
  view_.kept = from.kept;
  view_.sampling_probability = from.sampling_probability;
  view_.matched = from.matched;
  view_.scheme = from.secure ? "https" : "http";
  view_.version_minor = from.version_minor;
  view_.status = from.status;
  view_.outcome = to_string(static_cast<OutcomeKind>(from.outcome));
  view_.failed = from.failed;
  view_.request_bytes = from.request_bytes;
  view_.response_bytes = from.response_bytes;
  view_.level = from.level;
  view_.logged = from.logged;
  view_.error_type = error_type(from);
}

void RequestViewer::texts(const RequestRead& record) {
  const RequestTexts& from = record.texts;
  view_.trace_state = from.trace_state;
  view_.method = from.method;
  view_.operation = from.operation;
  view_.path = redacted_text(from.path);
  view_.rejected_by = from.rejected_by;
  view_.reason = from.reason;
  view_.error_message = redacted_text(from.error_message);
  view_.request_id = from.request_id;
  view_.tenant = from.tenant;
  view_.user = from.user;
  view_.user_agent = redacted_text(from.user_agent);
  if (!from.query.empty()) {
    std::string& out = next(kept_, kept_count_);
    redactor_.append_redacted_query(out, from.query);
    view_.query = out;
  }
  const RequestNumbers& numbers = record.numbers;
  view_.request_body =
      redacted_body(from.request_body, numbers.request_body_json, numbers.max_body);
  view_.response_body =
      redacted_body(from.response_body, numbers.response_body_json, numbers.max_body);
}

const RequestView& RequestViewer::request(const RequestRead& record) {
  begin();
  numbers(record.numbers);
  texts(record);
  if (view_.failed && view_.error_type.empty()) {
    std::string& out = next(kept_, kept_count_);
    out = std::to_string(view_.status);
    view_.error_type = out;
  }
  if (record.numbers.client_address != std::array<std::uint8_t, 16>{}) {
    std::string& out = next(kept_, kept_count_);
    out = IpAddress::v6(record.numbers.client_address).to_string();
    view_.client_address = out;
  }
  view_.fields = fields(record.fields);
  for (const LineRead& one : record.lines) lines_.push_back(line(one));
  for (const SpanRecord& one : record.spans) spans_.push_back(span(one));
  view_.logs = lines_;
  view_.spans = spans_;
  return view_;
}

RequestViewer::Line RequestViewer::line(const LineReadAlone& record) {
  begin();
  const LogView view = line(record.line);
  if (!record.trace.valid()) return {view, nullptr};
  view_.trace = record.trace;
  view_.span = record.line.span;
  view_.request_id = record.request_id;
  view_.tenant = record.tenant;
  view_.user = record.user;
  return {view, &view_};
}

}  // namespace lift::detail
