#pragma once
// What a request's handler adds to its telemetry: fields, log lines, spans with their events. All
// of it lies in the request's arena until the request ends.
//
// Bounded: beyond a limit below an addition is refused and counted, except for lines of WARN and
// ERROR and those that are heard anyway, which go out at once instead.
// Thread-safety: belongs to one request on one loop.
// Cost: 5 to 20 ns an addition, and a clock read for lines, spans and events.

#include <cstdint>
#include <span>
#include <string_view>

#include "lift/base/arena.h"
#include "lift/base/clock.h"
#include "lift/base/loop.h"
#include "lift/telemetry/field.h"
#include "lift/telemetry/log_levels.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

class RecordBuffer;

struct TrailLimits {
  std::uint32_t fields = 64;     ///< of the request, and of each span
  std::uint32_t spans = 128;     ///< of one request
  std::uint32_t events = 128;    ///< of one request
  std::uint32_t bytes = 20'480;  ///< of all that it adds, as Powertools buffers
};

/// A singly linked list in an arena, in order of arrival.
template <class Node>
struct ArenaList {
  Node* first = nullptr;
  Node* last = nullptr;
  std::uint32_t count = 0;

  void push_back(Node& node) noexcept {
    (last == nullptr ? first : last->next) = &node;
    last = &node;
    ++count;
  }
};

struct FieldNode {
  Field field;
  FieldNode* next = nullptr;
};

struct EventNode {
  std::string_view name;
  Instant at;
  ArenaList<FieldNode> fields{};
  EventNode* next = nullptr;
};

struct SpanNode {
  std::string_view name;
  SpanId id;
  SpanId parent;
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  bool open = true;
  Instant start;
  Duration duration{};
  ArenaList<FieldNode> fields{};
  ArenaList<EventNode> events{};
  SpanNode* next = nullptr;
};

struct LineNode {
  LogLevel level = LogLevel::info;
  bool held = false;  // below its module's level: shown only if the request turns out to matter
  Instant at;
  const LogModule* module = nullptr;
  std::string_view message;
  SpanId span;
  ArenaList<FieldNode> fields{};
  LineNode* next = nullptr;
};

/// Who the lines of a request belong to.
struct TrailIdentity {
  std::string_view request_id;
  std::string_view tenant;
  std::string_view user;
};

/// What the trails of a service share.
struct TrailSettings {
  RecordBuffer& records;
  LogLevels& levels;
  TrailLimits limits{};
  /// Keeps lines that nobody hears, for requests that turn out to matter.
  bool hold_debug = true;
};

class Trail {
 public:
  /// All outlive it.
  Trail(const TrailSettings& settings, Arena& arena, Loop& loop) noexcept
      : settings_(&settings), arena_(&arena), loop_(&loop) {}

  TraceContext trace;      ///< span: of this request
  SpanId parent;           ///< none at the root
  TrailIdentity identity;  ///< as far as it is known
  std::string_view error;  ///< why it failed, for logs only

  /// The last field of a name is the one that counts.
  void add(const Field& field) noexcept;
  void log(const LogModule& module, LogLevel level, SpanId span, std::string_view message,
           std::span<const Field> fields) noexcept;
  /// Null beyond the limit.
  [[nodiscard]] SpanNode* begin_span(std::string_view name, SpanKind kind, SpanId parent) noexcept;
  void add(SpanNode& span, const Field& field) noexcept;
  void event(SpanNode& span, std::string_view name, std::span<const Field> fields) noexcept;
  void end(SpanNode& span) noexcept;
  /// Keeps why the request failed; the first cause counts.
  void failed(std::string_view cause) noexcept;

  [[nodiscard]] const ArenaList<FieldNode>& fields() const noexcept { return fields_; }
  [[nodiscard]] const ArenaList<LineNode>& lines() const noexcept { return lines_; }
  [[nodiscard]] const ArenaList<SpanNode>& spans() const noexcept { return spans_; }
  /// An upper bound of what it all takes in a record.
  [[nodiscard]] std::size_t record_bytes() const noexcept { return record_bytes_; }
  [[nodiscard]] LogLevels& levels() noexcept { return settings_->levels; }

 private:
  [[nodiscard]] bool room(std::size_t bytes) noexcept;
  [[nodiscard]] Field keep(const Field& field) noexcept;
  void add(ArenaList<FieldNode>& list, const Field& field) noexcept;

  const TrailSettings* settings_;
  Arena* arena_;
  Loop* loop_;
  ArenaList<FieldNode> fields_;
  ArenaList<LineNode> lines_;
  ArenaList<SpanNode> spans_;
  std::uint32_t events_ = 0;
  std::size_t record_bytes_ = 0;
};

}  // namespace lift
