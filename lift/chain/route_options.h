#pragma once
// What a route may say about itself: one struct for every layer, so that a route reads in one
// place.
// Thread-safety: a plain value, fixed once the chain is built.
// Cost: at start only.

#include <cstdint>
#include <optional>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

enum class Priority : std::uint8_t { low, normal, high, critical };

/// Absence means: as the group says, then as the app says.
struct RouteOptions {
  /// Longest time a request may take, from its first byte to its last: 1 ms to 24 h. Shorter than
  /// the app's or longer.
  std::optional<Duration> timeout{};
  /// Runs without any deadline (server-sent events, long downloads). Not together with `timeout`.
  std::optional<bool> unlimited{};
  /// Largest request body in bytes, up to 1 TiB.
  std::optional<std::uint64_t> body_limit{};
  /// May be run again without harm; retries need it. Default: by the method (RFC 9110 §9.2.2).
  std::optional<bool> idempotent{};
  /// Answers 400 TENANT_REQUIRED to a caller without a tenant. Default false.
  std::optional<bool> require_tenant{};
  /// Open to callers without credentials. Default false where the app has an identity source, else
  /// true.
  std::optional<bool> is_public{};
  /// Who goes first when there is not room for all. Default normal.
  std::optional<Priority> priority{};
  /// The handler reads the body itself through ctx.body(), as it arrives. Default false.
  std::optional<bool> stream_request{};

  /// These options where given, else those of `outer`.
  [[nodiscard]] RouteOptions over(const RouteOptions& outer) const noexcept;
  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
