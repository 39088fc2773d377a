#pragma once
// Consistent probability sampling: every service compares the same random number of a trace with
// its own threshold, so whoever keeps fewer keeps a part of what the others keep (OpenTelemetry,
// TraceState: Probability Sampling).
//
// R is 56 bits of the trace: the `rv` of `ot` in its `tracestate`, else the rightmost 7 bytes of
// its id. A trace is kept if R >= T, where T = (1 - p) * 2^56.
// Thread-safety: pure functions.
// Cost: a few ns; with_threshold copies the state into the arena.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lift/base/arena.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

/// 2^56: the threshold that keeps nothing. That of everything is 0.
inline constexpr std::uint64_t kKeepNone = std::uint64_t{1} << 56;

/// Of a probability from 0 to 1; anything outside, NaN included, counts as the nearer end, or 0.
[[nodiscard]] std::uint64_t threshold_of(double probability) noexcept;
[[nodiscard]] double probability_of(std::uint64_t threshold) noexcept;

/// R of a trace.
[[nodiscard]] std::uint64_t randomness_of(const TraceId& trace, std::string_view state) noexcept;

/// The `th` in the state's `ot`: with what threshold those before kept it. Nothing if they do not
/// say, or not well.
[[nodiscard]] std::optional<std::uint64_t> stated_threshold(std::string_view state) noexcept;

/// The state with `ot=th:…` in front, other parts of `ot` kept, other members behind it, within
/// kMaxTraceState and kMaxTraceStateMembers. `state` is as parse_tracestate gave it; a threshold of
/// kKeepNone or more takes `th` out.
[[nodiscard]] std::string_view with_threshold(std::string_view state, std::uint64_t threshold,
                                              Arena& arena);

}  // namespace lift
