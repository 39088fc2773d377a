#pragma once
// How instances of a service keep one limit together, over a store that they share.
//
//   LimitOptions tenants = per_tenant({.rate = per_second(1000)});
//   tenants.sharing = LimitSharing{.store = store};
//
// By leases (the default) an instance reserves tokens ahead with one conditional write, and then
// decides by itself, in nanoseconds, until they are used up or their time is over. Under load a
// reservation may lie ahead: an appointment, until which the instance refuses without asking again.
// Strictly, every decision is a write, shared by those who ask at the same moment; what is known
// to be refused is refused without one.
//
// Over any time Δ the fleet admits at most rate · Δ + burst + `max_overshoot`, by any clocks that
// are at most `clock_error` off the true time: a lease gives up as much of the burst as instances
// may hold back and spend later. See LeasePlan for the numbers. That holds while the store answers;
// `on_failure` says what happens while it does not.
// Source: Lift's own; the item is that of GCRA, and its bound follows from the order of its writes.
// Thread-safety: plain values.
// Cost: at start and at updates only.

#include <cstdint>
#include <memory>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/ratelimit/limit_store.h"

namespace lift {

enum class SharingMode : std::uint8_t {
  lease,   ///< decides in process, with tokens that were reserved ahead
  strict,  ///< asks the store for every request
};

/// What is answered while the store does not.
enum class StoreFailure : std::uint8_t {
  local,   ///< this instance's share of the quota, counted in process and posted afterwards
  open,    ///< ten times that share
  closed,  ///< 503, reason `rate_limit_unavailable`
};

struct LimitSharing {
  std::shared_ptr<LimitStore> store = {};
  SharingMode mode = SharingMode::lease;
  StoreFailure on_failure = StoreFailure::local;
  /// How long a request waits for the store before `on_failure` decides: 1 ms to 10 s. One whose
  /// key was not seen of late waits for one write; with leases most do not wait.
  Duration timeout = std::chrono::milliseconds(50);
  /// How long a lease may be used, at most: 20 ms to 1 min. Longer ones are cheaper and cost more
  /// of the burst; see LeasePlan.
  Duration life = std::chrono::seconds(2);
  /// Tokens that may be admitted beyond rate · Δ + burst. 0 for none. More makes leases longer.
  std::uint64_t max_overshoot = 0;
  /// How far any instance's clock may be off the true time: 0 to 1 s.
  Duration clock_error = std::chrono::milliseconds(5);
  /// How many instances there are at most, 0 if that is not known: what an instance gets for its
  /// share while the store is away, and a bound on what all may hold.
  unsigned instances = 0;
  /// Items that one key's quota is divided over, where an item's 1,000 writes a second are too few:
  /// 1 to 64. Each has its part of the rate and of the burst.
  unsigned shards = 1;
  /// Writes a second that this instance may make for this limit, whoever asks: 1 to 10,000. What
  /// comes on top is decided as if the store did not answer.
  unsigned max_writes = 500;
  /// Under which credentials in keys are hashed, the same for all instances: 16 bytes at least
  /// where there are any, else empty.
  std::string secret = {};

  [[nodiscard]] Problems validate() const;
  friend bool operator==(const LimitSharing&, const LimitSharing&) = default;
};

}  // namespace lift
