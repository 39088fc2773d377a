#pragma once
// One limit without HTTP: for queues, jobs and calls of your own.
//
//   auto exports = Limiter::make(limit, clock).value();
//   LimitKey key;
//   key.add(LimitKey::Part::tenant, tenant);
//   if (!(co_await exports->take(key)).allowed) co_return;
//
// Of LimitOptions it uses what says how much and how it is counted: name, quota, algorithm,
// max_wait, max_keys and sharing.
// Thread-safety: everything from any thread; take() is awaited on a loop.
// Cost: that of the algorithm and its table; see RateLimit.

#include <cstdint>
#include <memory>
#include <optional>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/random.h"
#include "lift/base/task.h"
#include "lift/ratelimit/limit_key.h"
#include "lift/ratelimit/limit_options.h"

namespace lift {

namespace detail {
class LimitCounts;
}

class Limiter {
 public:
  /// `clock` outlives it. Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<Limiter>> make(const LimitOptions& options, const Clock& clock);
  static Result<std::shared_ptr<Limiter>> make(const LimitOptions& options, const Clock& clock,
                                               Random& random);
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;
  ~Limiter();

  /// Charges `cost` if that can be decided at once: always, unless the limit is shared and its
  /// store must be asked. Nothing: take() decides.
  [[nodiscard]] std::optional<LimitDecision> try_take(const LimitKey& key, std::uint64_t cost = 1);
  /// The same, asking the store where that must be. A decision may say to wait first. What a key
  /// holds must live until this is done.
  [[nodiscard]] Task<LimitDecision> take(LimitKey key, std::uint64_t cost = 1);
  /// How it stands, without charging.
  [[nodiscard]] LimitDecision peek(const LimitKey& key) const;

  /// Shared: what may be admitted beyond rate · Δ + burst, in tokens.
  [[nodiscard]] double overshoot() const;
  /// Shared: how many decisions were made without the store.
  [[nodiscard]] std::uint64_t fallbacks() const;

 private:
  Limiter(const LimitOptions& options, const Clock& clock, HashKey secret);
  [[nodiscard]] LimitTime time() const noexcept;

  const Clock& clock_;
  const HashKey secret_;
  const Duration patience_;
  const std::shared_ptr<detail::LimitCounts> counts_;
};

}  // namespace lift
