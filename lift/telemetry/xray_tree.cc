#include <algorithm>
#include <chrono>

#include "lift/telemetry/detail/line_fields.h"
#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/detail/xray_tree.h"
#include "lift/telemetry/xray_segment.h"

namespace lift::detail {
namespace {

constexpr std::size_t kTextCap = 980;
// What an event may take at least.
constexpr std::size_t kEventRoom = 4096;
// What origin() takes at most.
constexpr std::size_t kOriginRoom = 256;

void write_events(LineWriter& line, std::span<const EventView> events) {
  if (events.empty()) return;
  line.raw(R"(,"events":[)");
  std::size_t dropped = 0;
  std::string_view separator;
  for (const EventView& event : events) {
    if (line.room() < kEventRoom) {
      ++dropped;
      continue;
    }
    line.raw(separator);
    separator = ",";
    line.raw(R"({"time":)");
    line.unix_seconds(event.time);
    line.raw(R"(,"name":)");
    line.text(event.name);
    write_fields(line, R"(,"fields":{)", event.fields);
    line.raw("}");
  }
  line.raw("]");
  if (dropped == 0) return;
  line.raw(R"(,"events_dropped":)");
  line.natural(dropped);
}

void write_metadata(LineWriter& line, const SpanView& span) {
  if (span.fields.empty() && span.events.empty()) return;
  line.raw(R"(,"metadata":{"lift":{"duration_ms":)");
  line.milliseconds(span.duration);
  write_fields(line, R"(,"fields":{)", span.fields);
  write_events(line, span.events);
  line.raw("}}");
}

// A subsegment without its closing brace; origin() and a brace still fit behind it.
std::string subsegment(const SpanView& span) {
  std::string out;
  LineWriter line(out, kTextCap, kXrayDocumentBytes - kOriginRoom);
  line.raw(R"({"name":)");
  line.text(xray_name(span.name));
  line.raw(R"(,"id":)");
  line.id(span.id);
  line.raw(R"(,"start_time":)");
  line.unix_seconds(span.start);
  if (span.open) {
    line.raw(R"(,"in_progress":true)");
  } else {
    const Duration least = std::chrono::microseconds(span.duration > Duration::zero() ? 1 : 0);
    line.raw(R"(,"end_time":)");
    line.unix_seconds(span.start + std::max(span.duration, least));
  }
  if (span.kind == SpanKind::client) line.raw(R"(,"namespace":"remote")");
  if (span.status == SpanStatus::error) line.raw(R"(,"fault":true)");
  write_metadata(line, span);
  return out;
}

// What makes a subsegment a document of its own.
std::string origin(const TraceId& trace, const SpanId& parent) {
  std::string out;
  LineWriter line(out, kTextCap, kXrayDocumentBytes);
  line.raw(R"(,"type":"subsegment","trace_id":)");
  line.xray_id(trace);
  line.raw(R"(,"parent_id":)");
  line.id(parent);
  line.raw("}");
  return out;
}

// Around the children of a node, and between them.
constexpr std::size_t kNesting = std::string_view(R"(,"subsegments":[],})").size();

}  // namespace

XrayTree::XrayTree(const RequestView& request, std::string segment)
    : request_(request), placed_(request.spans.size()), bytes_(segment.size() + kNesting) {
  nodes_.push_back({.span = nullptr, .text = std::move(segment), .children = {}});
  place_children(kRoot);
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    if (!placed_[i]) place_lost(i);
  }
}

// Not reached from the root: under a span that is apart, so apart as well; or under none of the
// request's, so under the request itself.
void XrayTree::place_lost(std::size_t index) {
  const SpanView& span = request_.spans[index];
  if (std::ranges::find(request_.spans, span.parent, &SpanView::id) == request_.spans.end()) {
    place(kRoot, index);
  } else {
    apart_.push_back(subsegment(span) + origin(request_.trace, span.parent));
  }
}

void XrayTree::place_children(std::size_t node) {
  const SpanId id = node == kRoot ? request_.span : nodes_[node].span->id;
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    if (!placed_[i] && request_.spans[i].parent == id) place(node, i);
  }
}

void XrayTree::place(std::size_t parent, std::size_t index) {
  const SpanView& span = request_.spans[index];
  placed_[index] = true;
  std::string text = subsegment(span);
  const std::size_t bytes = bytes_ + text.size() + kNesting;
  if (nodes_.size() > kXrayEmbedded || bytes > kXrayDocumentBytes) {
    const SpanView* above = nodes_[parent].span;
    apart_.push_back(text + origin(request_.trace, above == nullptr ? request_.span : above->id));
    return;
  }
  bytes_ = bytes;
  const std::size_t node = nodes_.size();
  nodes_[parent].children.push_back(node);
  nodes_.push_back({.span = &span, .text = std::move(text), .children = {}});
  place_children(node);
}

void XrayTree::write(std::string& out, std::size_t node) const {
  out += nodes_[node].text;
  if (!nodes_[node].children.empty()) {
    out += R"(,"subsegments":[)";
    for (const std::size_t child : nodes_[node].children) {
      if (out.back() != '[') out += ',';
      write(out, child);
    }
    out += ']';
  }
  out += '}';
}

std::vector<std::string> XrayTree::take() {
  std::string segment;
  segment.reserve(bytes_);
  write(segment, kRoot);
  apart_.insert(apart_.begin(), std::move(segment));
  return std::move(apart_);
}

}  // namespace lift::detail
