#include "lift/telemetry/trail.h"

#include "lift/telemetry/record_buffer.h"

namespace lift {
namespace {

// What the parts of a record take at most beside their text: see record_writer.
constexpr std::size_t kFieldBytes = 24;
constexpr std::size_t kPartBytes = 64;

std::size_t bytes_of(const Field& field) noexcept {
  const std::size_t text = field.value.kind() == Value::Kind::text ? field.value.text().size() : 0;
  return kFieldBytes + field.name.size() + text;
}

std::size_t bytes_of(std::span<const Field> fields) noexcept {
  std::size_t sum = 0;
  for (const Field& field : fields) sum += bytes_of(field);
  return sum;
}

}  // namespace

bool Trail::room(std::size_t bytes) noexcept {
  if (record_bytes_ + bytes > settings_->limits.bytes) return false;
  record_bytes_ += bytes;
  return true;
}

Field Trail::keep(const Field& field) noexcept {
  Field kept = field;
  kept.name = arena_->copy(field.name);
  if (field.value.kind() == Value::Kind::text) {
    kept.value = Value(arena_->copy(field.value.text()));
  }
  return kept;
}

void Trail::add(ArenaList<FieldNode>& list, const Field& field) noexcept {
  list.push_back(arena_->make<FieldNode>(keep(field)));
}

void Trail::add(const Field& field) noexcept {
  if (fields_.count >= settings_->limits.fields || !room(bytes_of(field))) {
    return settings_->records.losses().add(Signal::logs, Loss::request_limit);
  }
  add(fields_, field);
}

void Trail::log(const LogModule& module, LogLevel level, SpanId span, std::string_view message,
                std::span<const Field> fields) noexcept {
  const bool heard = module.hears(level);
  if (!heard && !settings_->hold_debug) return;
  const Instant now = loop_->clock().now();
  if (!room(kPartBytes + module.name().size() + message.size() + bytes_of(fields))) {
    if (!heard) return settings_->records.losses().add(Signal::logs, Loss::request_limit);
    const LineRecord line{.at = now,
                          .level = level,
                          .module = module.name(),
                          .message = message,
                          .fields = fields,
                          .trace = trace.trace,
                          .span = span,
                          .identity = identity};
    settings_->records.line(line);
    return;
  }
  LineNode& node = arena_->make<LineNode>(level, !heard, now, &module, arena_->copy(message), span);
  for (const Field& field : fields) add(node.fields, field);
  lines_.push_back(node);
}

SpanNode* Trail::begin_span(std::string_view name, SpanKind kind, SpanId parent) noexcept {
  if (spans_.count >= settings_->limits.spans || !room(kPartBytes + name.size())) {
    settings_->records.losses().add(Signal::traces, Loss::request_limit);
    return nullptr;
  }
  SpanNode& node = arena_->make<SpanNode>();
  node.name = arena_->copy(name);
  node.id = new_span_id(loop_->random());
  node.parent = parent;
  node.kind = kind;
  node.start = loop_->clock().now();
  spans_.push_back(node);
  return &node;
}

void Trail::add(SpanNode& span, const Field& field) noexcept {
  if (span.fields.count >= settings_->limits.fields || !room(bytes_of(field))) {
    return settings_->records.losses().add(Signal::traces, Loss::request_limit);
  }
  add(span.fields, field);
}

void Trail::event(SpanNode& span, std::string_view name, std::span<const Field> fields) noexcept {
  if (events_ >= settings_->limits.events || !room(kPartBytes + name.size() + bytes_of(fields))) {
    return settings_->records.losses().add(Signal::traces, Loss::request_limit);
  }
  ++events_;
  EventNode& node = arena_->make<EventNode>(arena_->copy(name), loop_->clock().now());
  for (const Field& field : fields) add(node.fields, field);
  span.events.push_back(node);
}

void Trail::end(SpanNode& span) noexcept {
  if (!span.open) return;
  span.open = false;
  span.duration = loop_->clock().now() - span.start;
}

void Trail::failed(std::string_view cause) noexcept {
  constexpr std::size_t kLongest = 2048;
  if (error.empty()) error = arena_->copy(cause.substr(0, kLongest));
}

}  // namespace lift
