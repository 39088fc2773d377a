#include "lift/ratelimit/limiter.h"

#include <vector>

#include "lift/ratelimit/detail/memory_limit.h"
#include "lift/ratelimit/detail/shared_limit.h"

namespace lift {

Result<std::shared_ptr<Limiter>> Limiter::make(const LimitOptions& options, const Clock& clock) {
  SecureRandom random;
  return make(options, clock, random);
}

Result<std::shared_ptr<Limiter>> Limiter::make(const LimitOptions& options, const Clock& clock,
                                               Random& random) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  const HashKey secret{.low = random.next(), .high = random.next()};
  return std::shared_ptr<Limiter>(new Limiter(options, clock, secret));
}

Limiter::Limiter(const LimitOptions& options, const Clock& clock, HashKey secret)
    : clock_(clock),
      secret_(secret),
      patience_(options.max_wait),
      counts_(detail::make_counts(options, std::vector<Quota>{options.quota}, clock)) {}

Limiter::~Limiter() { counts_->close(); }

LimitTime Limiter::time() const noexcept { return {.now = clock_.now(), .wall = clock_.wall()}; }

std::optional<LimitDecision> Limiter::try_take(const LimitKey& key, std::uint64_t cost) {
  const auto taken = counts_->take(key.hash(secret_), 0, time(), cost);
  if (taken.undecided) return std::nullopt;
  return taken.decision;
}

Task<LimitDecision> Limiter::take(LimitKey key, std::uint64_t cost) {
  const std::uint64_t hash = key.hash(secret_);
  const LimitTime now = time();
  detail::LimitCounts::Taken taken = counts_->take(hash, 0, now, cost);
  if (taken.undecided) {
    const auto keep = counts_;
    Task<detail::LimitCounts::Taken> deciding = keep->decide(key, hash, 0, now, cost, patience_);
    taken = co_await deciding;
  }
  co_return taken.decision;
}

LimitDecision Limiter::peek(const LimitKey& key) const {
  return counts_->peek(key.hash(secret_), 0, time(), 0);
}

double Limiter::overshoot() const {
  const detail::SharingState* const sharing = counts_->sharing();
  return sharing != nullptr ? sharing->overshoot() : 0;
}

std::uint64_t Limiter::fallbacks() const {
  const detail::SharingState* const sharing = counts_->sharing();
  return sharing != nullptr ? sharing->fallbacks() : 0;
}

}  // namespace lift
