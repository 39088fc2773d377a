#include "lift/telemetry/detail/record_codec.h"

#include <algorithm>
#include <limits>

namespace lift::detail {
namespace {

using Size = std::uint16_t;
static_assert(kMaxRequestText <= std::numeric_limits<Size>::max());

constexpr std::size_t count_of_texts() {
  std::size_t count = 0;
  const RequestTexts none;
  for_each_text(none, [&count](std::string_view) { ++count; });
  return count;
}
constexpr std::size_t kSizesBytes = count_of_texts() * sizeof(Size);

void put_fields(BytesWriter& to, const ArenaList<FieldNode>& fields) noexcept {
  to.put(fields.count);
  for (const FieldNode* node = fields.first; node != nullptr; node = node->next) {
    to.put_field(node->field);
  }
}

void get_fields(BytesReader& from, std::vector<Field>& fields) {
  fields.clear();
  for (auto n = from.get<std::uint32_t>(); n > 0; --n) fields.push_back(from.get_field());
}

bool shown(const LineNode& line, Extent extent, bool detailed) noexcept {
  if (extent == Extent::important && line.level < LogLevel::warn) return false;
  return !line.held || detailed;
}

void put_lines(BytesWriter& to, const RequestRecord& record, Extent extent) noexcept {
  to.put(lines_in(record, extent));
  const LineNode* line = record.trail->lines().first;
  for (; line != nullptr; line = line->next) {
    if (!shown(*line, extent, record.numbers.detailed)) continue;
    to.put(line->level);
    to.put(line->at);
    to.put(line->span);
    to.put_text(line->module->name());
    to.put_text(line->message);
    put_fields(to, line->fields);
  }
}

void put_spans(BytesWriter& to, const Trail& trail) noexcept {
  to.put(trail.spans().count);
  for (const SpanNode* span = trail.spans().first; span != nullptr; span = span->next) {
    to.put(span->id);
    to.put(span->parent);
    to.put(span->kind);
    to.put(span->status);
    to.put(span->open);
    to.put(span->start);
    to.put(span->duration);
    to.put_text(span->name);
    put_fields(to, span->fields);
    to.put(span->events.count);
    for (const EventNode* event = span->events.first; event != nullptr; event = event->next) {
      to.put(event->at);
      to.put_text(event->name);
      put_fields(to, event->fields);
    }
  }
}

void put_trail(BytesWriter& to, const RequestRecord& record, Extent extent) noexcept {
  constexpr std::uint32_t kNone = 0;
  if (record.trail == nullptr || extent == Extent::bare) {
    to.put(kNone);
    to.put(kNone);
    to.put(kNone);
    return;
  }
  put_fields(to, record.trail->fields());
  put_lines(to, record, extent);
  if (spans_in(record, extent) > 0) return put_spans(to, *record.trail);
  to.put(kNone);
}

void get_line(BytesReader& from, LineRead& line) {
  from.get(line.level);
  from.get(line.at);
  from.get(line.span);
  line.module = from.get_text();
  line.message = from.get_text();
  get_fields(from, line.fields);
}

void get_span(BytesReader& from, SpanRecord& span) {
  from.get(span.id);
  from.get(span.parent);
  from.get(span.kind);
  from.get(span.status);
  from.get(span.open);
  from.get(span.start);
  from.get(span.duration);
  span.name = from.get_text();
  get_fields(from, span.fields);
  span.events.resize(from.get<std::uint32_t>());
  for (SpanRecord::Event& event : span.events) {
    from.get(event.at);
    event.name = from.get_text();
    get_fields(from, event.fields);
  }
}

}  // namespace

std::uint32_t lines_in(const RequestRecord& record, Extent extent) noexcept {
  if (record.trail == nullptr || extent == Extent::bare) return 0;
  std::uint32_t count = 0;
  const LineNode* line = record.trail->lines().first;
  for (; line != nullptr; line = line->next) {
    count += shown(*line, extent, record.numbers.detailed) ? 1 : 0;
  }
  return count;
}

std::uint32_t spans_in(const RequestRecord& record, Extent extent) noexcept {
  const bool has = record.trail != nullptr && extent == Extent::all;
  return has && record.numbers.kept != Kept::no ? record.trail->spans().count : 0;
}

std::size_t bare_bytes(const RequestRecord& record) noexcept {
  std::size_t sum = sizeof(RecordKind) + sizeof(RequestNumbers) + kSizesBytes + 3 * 4;
  for_each_text(record.texts,
                [&sum](std::string_view text) { sum += std::min(text.size(), kMaxRequestText); });
  return sum;
}

std::size_t write_request(std::byte* at, const RequestRecord& record, Extent extent) noexcept {
  BytesWriter to(at);
  to.put(RecordKind::request);
  to.put(record.numbers);
  const auto cut = [](std::string_view text) { return text.substr(0, kMaxRequestText); };
  for_each_text(record.texts,
                [&](std::string_view text) { to.put(static_cast<Size>(cut(text).size())); });
  for_each_text(record.texts, [&](std::string_view text) { to.put_bytes(cut(text)); });
  put_trail(to, record, extent);
  return to.written();
}

void read_request(BytesReader& from, RequestRead& record) {
  from.get(record.numbers);
  BytesReader sizes(from.skip(kSizesBytes));
  for_each_text(record.texts,
                [&](std::string_view& text) { text = from.get_bytes(sizes.get<Size>()); });
  get_fields(from, record.fields);
  record.lines.resize(from.get<std::uint32_t>());
  for (LineRead& line : record.lines) get_line(from, line);
  record.spans.resize(from.get<std::uint32_t>());
  for (SpanRecord& span : record.spans) get_span(from, span);
}

std::size_t line_bytes(const LineRecord& record) noexcept {
  constexpr std::size_t kFixed = 128;
  constexpr std::size_t kField = 24;
  std::size_t sum = kFixed + record.module.size() + record.message.size() +
                    record.identity.request_id.size() + record.identity.tenant.size() +
                    record.identity.user.size();
  for (const Field& field : record.fields) {
    sum += kField + field.name.size();
    if (field.value.kind() == Value::Kind::text) sum += field.value.text().size();
  }
  return sum;
}

std::size_t write_line(std::byte* at, const LineRecord& record) noexcept {
  BytesWriter to(at);
  to.put(RecordKind::line);
  to.put(record.level);
  to.put(record.at);
  to.put(record.span);
  to.put_text(record.module);
  to.put_text(record.message);
  to.put(static_cast<std::uint32_t>(record.fields.size()));
  for (const Field& field : record.fields) to.put_field(field);
  to.put(record.trace);
  to.put_text(record.identity.request_id);
  to.put_text(record.identity.tenant);
  to.put_text(record.identity.user);
  return to.written();
}

void read_line(BytesReader& from, LineReadAlone& record) {
  get_line(from, record.line);
  from.get(record.trace);
  record.request_id = from.get_text();
  record.tenant = from.get_text();
  record.user = from.get_text();
}

}  // namespace lift::detail
