#pragma once
// A piece of work within a request, measured and shown in its trace.
//
//   Span span = ctx.span("ledger.write");
//   span.set(field("rows", 3));
//   …
//   Span inner = span.child("ledger.fsync");      // ends at the end of its scope, before `span`
//
// Thread-safety: belongs to its request's loop, and must not outlive the request: give a task that
// goes on after the answer no span.
// Cost: about 20 ns and two clock reads, no allocation; nothing where tracing is off.

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "lift/telemetry/field.h"
#include "lift/telemetry/log.h"
#include "lift/telemetry/trail.h"

namespace lift {

class Span {
 public:
  /// Measures nothing.
  Span() = default;
  Span(Trail& trail, std::string_view name, SpanKind kind, SpanId parent) noexcept
      : trail_(&trail), node_(trail.begin_span(name, kind, parent)) {}
  Span(Span&& other) noexcept
      : trail_(std::exchange(other.trail_, nullptr)), node_(std::exchange(other.node_, nullptr)) {}
  Span& operator=(Span&& other) noexcept {
    end();
    trail_ = std::exchange(other.trail_, nullptr);
    node_ = std::exchange(other.node_, nullptr);
    return *this;
  }
  ~Span() { end(); }

  /// A span within this one.
  [[nodiscard]] Span child(std::string_view name, SpanKind kind = SpanKind::internal) noexcept {
    return trail_ == nullptr ? Span() : Span(*trail_, name, kind, id());
  }
  void set(const Field& field) noexcept {
    if (node_ != nullptr) trail_->add(*node_, field);
  }
  template <class... Fields>
  void event(std::string_view name, const Fields&... fields) noexcept {
    const std::array<Field, sizeof...(Fields)> all{fields...};
    if (node_ != nullptr) trail_->event(*node_, name, all);
  }
  /// A line that belongs to this span.
  [[nodiscard]] Log log() noexcept {
    return trail_ == nullptr ? Log() : Log(*trail_, trail_->levels().app(), id());
  }
  /// The work failed; `why` is for people.
  void fail(std::string_view why) noexcept {
    if (node_ == nullptr) return;
    node_->status = SpanStatus::error;
    set(field("error.message", why));
  }
  void end() noexcept {
    if (node_ != nullptr) trail_->end(*node_);
    node_ = nullptr;
  }

  /// What a call to another service carries as its parent: this span, or the request's own where
  /// this one measures nothing. All zero without a trace.
  [[nodiscard]] TraceContext context() const noexcept {
    TraceContext context = trail_ == nullptr ? TraceContext() : trail_->trace;
    if (node_ != nullptr) context.span = node_->id;
    return context;
  }

 private:
  [[nodiscard]] SpanId id() const noexcept {
    return node_ != nullptr ? node_->id : trail_->trace.span;
  }

  Trail* trail_ = nullptr;
  SpanNode* node_ = nullptr;
};

}  // namespace lift
