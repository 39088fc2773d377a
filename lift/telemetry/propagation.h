#pragma once
// How a trace crosses from process to process: W3C's `traceparent` and `tracestate` (Trace Context,
// level 2), and X-Ray's `X-Amzn-Trace-Id`.
//
//   const Extracted in = extract({.traceparent = …, .traceparent_count = 1}, arena);
//   TraceContext trace = in.source == TraceSource::none ? begin_trace(seconds, random) :
//   in.context; … std::array<char, kTraceparentSize> out; write_traceparent(trace.trace, span,
//   trace.sampled, trace.random, out);
//
// Headers are given as text, so any carrier will do. What is read is never trusted further than its
// grammar: whatever breaks it is as if absent.
// Thread-safety: pure functions.
// Cost: parse_traceparent about 15 ns. No allocation; what must be put together lies in the arena.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lift/base/arena.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

inline constexpr std::string_view kTraceparentHeader = "traceparent";
inline constexpr std::string_view kTracestateHeader = "tracestate";
inline constexpr std::string_view kXrayHeader = "x-amzn-trace-id";

/// The length of a `traceparent` of version 00, the one that is written.
inline constexpr std::size_t kTraceparentSize = 55;
/// The longest X-Ray header that is written.
inline constexpr std::size_t kXraySize = 74;
/// Most `tracestate` that is handed on, and most members of it.
inline constexpr std::size_t kMaxTraceState = 512;
inline constexpr std::size_t kMaxTraceStateMembers = 32;

/// Blanks around it are allowed, upper-case digits, ids of zeros and version `ff` are not. Version
/// 00 has exactly 55 characters; of a later one the first 55 are read if nothing or a `-` follows.
/// Flags other than sampled and random are dropped. `state` is left empty.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept;

/// The members of all fields of a request in one line, as they are handed on: without blanks around
/// them and without empty ones. Longer than 512 bytes, members of more than 128 go first, then the
/// last ones. Nothing if a member breaks the grammar, a key appears twice, or there are more than
/// 32. A single field that needs no change is not copied.
[[nodiscard]] std::optional<std::string_view> parse_tracestate(
    std::span<const std::string_view> fields, Arena& arena);

/// What a caller says about sampling.
enum class Sampled : std::uint8_t { no, yes, undecided };

struct XrayTrace {
  TraceId trace;
  SpanId parent;  ///< none if absent or malformed: the trace is continued all the same
  Sampled sampled = Sampled::undecided;
};

/// `Root=…;Parent=…;Sampled=…` in any order and case of names, with blanks around them. `Self`,
/// `Lineage` and whatever else are ignored. Nothing without a valid Root, or if one of the three is
/// there twice.
[[nodiscard]] std::optional<XrayTrace> parse_xray(std::string_view text) noexcept;

/// The headers of a request that say where it stands.
struct TraceHeaders {
  std::string_view traceparent;
  std::size_t traceparent_count = 0;  ///< fields of that name: more than one is as none
  std::span<const std::string_view> tracestate;
  std::string_view xray;  ///< "" for none
};

enum class TraceSource : std::uint8_t { none, w3c, xray };

struct Extracted {
  /// Not valid if `source` is none: a trace begins here. `sampled` in it is true only for yes.
  TraceContext context;
  Sampled sampled = Sampled::undecided;
  TraceSource source = TraceSource::none;
  /// A header was there that could not be used.
  bool malformed = false;
};

/// W3C's headers if the traceparent is valid, else X-Ray's. `tracestate` counts only beside a valid
/// traceparent, and cannot invalidate it.
[[nodiscard]] Extracted extract(const TraceHeaders& headers, Arena& arena);

/// Version 00. A trace that is continued keeps the `random` it came with.
void write_traceparent(const TraceId& trace, SpanId parent, bool sampled, bool random,
                       std::array<char, kTraceparentSize>& out) noexcept;

/// Returns the part of `out` that was written. No Parent without one, no Sampled if undecided.
std::string_view write_xray(const TraceId& trace, SpanId parent, Sampled sampled,
                            std::array<char, kXraySize>& out) noexcept;

}  // namespace lift
