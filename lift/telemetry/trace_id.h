#pragma once
// The names of traces and spans (W3C Trace Context level 2, X-Ray).
//
// Thread-safety: plain values.
// Cost: making a trace id and a span id about 70 ns with SecureRandom, most of it the kernel's.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/random.h"

namespace lift {

/// 16 bytes, all zero for none. Those made here begin with the seconds since 1970, as X-Ray wants
/// them, and 12 random bytes follow.
struct TraceId {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] bool valid() const noexcept { return *this != TraceId{}; }
  friend bool operator==(const TraceId&, const TraceId&) = default;
};

/// 8 random bytes, all zero for none.
struct SpanId {
  std::array<std::uint8_t, 8> bytes{};

  [[nodiscard]] bool valid() const noexcept { return *this != SpanId{}; }
  friend bool operator==(const SpanId&, const SpanId&) = default;
};

/// Never all zero. Seconds before 1970 count as 0, those after 2106 lose their highest bits.
[[nodiscard]] TraceId new_trace_id(std::int64_t epoch_seconds, Random& random) noexcept;
[[nodiscard]] SpanId new_span_id(Random& random) noexcept;

/// Lower-case hex, 32 and 16 characters, no terminator.
void to_hex(const TraceId& id, std::array<char, 32>& out) noexcept;
void to_hex(const SpanId& id, std::array<char, 16>& out) noexcept;
/// `1-<8 hex>-<24 hex>`, as X-Ray writes a trace id.
void to_xray(const TraceId& id, std::array<char, 35>& out) noexcept;

/// Exactly 32 or 16 lower-case digits that are not all zero.
[[nodiscard]] std::optional<TraceId> parse_trace_id(std::string_view text) noexcept;
[[nodiscard]] std::optional<SpanId> parse_span_id(std::string_view text) noexcept;
/// What to_xray writes; the case of its digits does not matter.
[[nodiscard]] std::optional<TraceId> parse_xray_id(std::string_view text) noexcept;

/// Where a request stands in its trace: what crosses from process to process.
struct TraceContext {
  TraceId trace;
  SpanId span;           ///< of whoever sent this: the parent of what is begun here
  bool sampled = false;  ///< the head's decision
  bool random = false;   ///< the rightmost 7 bytes of the trace id are random (flag 0x02)
  /// `tracestate` members of others, handed on as they are; at most 512 bytes.
  std::string_view state;

  [[nodiscard]] bool valid() const noexcept { return trace.valid(); }
};

/// A trace that begins here: a new id of which the random part is known to be random, no parent,
/// not yet sampled.
[[nodiscard]] TraceContext begin_trace(std::int64_t epoch_seconds, Random& random) noexcept;

}  // namespace lift
