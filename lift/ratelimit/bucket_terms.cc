#include <algorithm>

#include "lift/ratelimit/detail/lease_terms.h"

namespace lift::detail {
namespace {

using What = LeaseOffer::What;
using Kind = LimitWrite::Kind;

/// An item is kept so long after it says nothing any more, for clocks that differ.
constexpr std::int64_t kSlack = 3600;
constexpr std::int64_t kSecond = 1'000'000'000;

class BucketTerms final : public LeaseTerms {
 public:
  explicit BucketTerms(const LeasePlan& plan) : plan_(plan) {}

  LeaseOffer next(const ItemView& item, const LeaseNeed& need, std::string_view key,
                  std::int64_t now) const override {
    if (item.t > now && item.v != plan_.interval) return convert(item, key, now);
    if (need.owed > 0) return post(item, need.owed, key, now);
    const std::int64_t ahead = ahead_of(need);
    const std::uint64_t tokens = tokens_for(item, need, now, ahead);
    if (tokens == 0) return {};
    const std::int64_t time = plan_.cost(tokens);
    // Where all instances are at the limit, who insists on tokens at once is overtaken every time.
    const bool later = need.ahead > 0 || time > room(item, now, 0);
    return move(item, What::reserve, tokens, time,
                now + plan_.tolerance + (later ? ahead : 0) - time, key, now);
  }

  void learn(ItemView& item, const LeaseOffer& offer, const LimitWritten& answer,
             std::int64_t now) const override {
    const bool advanced = offer.write.kind == Kind::advance;
    item.busy = answer.applied ? advanced : answer.item && answer.item->t > now;
    if (answer.item) {
      item.t = answer.item->t;
      item.v = answer.item->v;
    } else if (!answer.applied) {
      item = {};
    } else {
      item.t = advanced ? item.t + offer.write.value : offer.write.value;
      item.v = plan_.interval;
    }
  }

  LeaseSpan granted(const ItemView& item, std::int64_t now) const override {
    const std::int64_t from = std::max(now, item.t - plan_.tolerance);
    return {.from = from, .until = from + plan_.life.count()};
  }

  std::int64_t fits_at(const ItemView& item, std::uint64_t cost, std::int64_t now) const override {
    if (cost > most()) return kNoTime;
    return std::max(now, item.t) + plan_.cost(cost) - plan_.tolerance;
  }

  std::int64_t ask_at(const ItemView& item, const LeaseNeed& need,
                      std::int64_t now) const override {
    const std::int64_t fits = fits_at(item, std::max<std::uint64_t>(need.first, 1), now);
    return fits == kNoTime ? fits : fits - ahead_of(need);
  }

  std::uint64_t remaining(const ItemView& item, std::int64_t now) const override {
    return std::min(most(), plan_.tokens(room(item, now, 0)));
  }
  std::uint64_t taken(const ItemView& before, const ItemView& after,
                      std::int64_t now) const override {
    return before.t > now ? plan_.tokens(after.t - before.t + 1) : 0;
  }
  std::int64_t full_at(const ItemView& item, std::int64_t now) const override {
    return std::max(now, item.t);
  }
  const LeasePlan& plan() const noexcept override { return plan_; }
  std::uint64_t most() const noexcept override {
    return std::min(plan_.burst, std::max<std::uint64_t>(1, plan_.tokens(plan_.tolerance)));
  }

 private:
  /// An appointment is for who waits for it, or where tokens are sure to be used: nobody else gets
  /// what is reserved in vain.
  [[nodiscard]] std::int64_t ahead_of(const LeaseNeed& need) const noexcept {
    const Duration steady = need.ahead > 0 ? plan_.ahead : Duration::zero();
    return std::max(steady, need.patience).count();
  }
  [[nodiscard]] std::int64_t room(const ItemView& item, std::int64_t now,
                                  std::int64_t ahead) const noexcept {
    return now + plan_.tolerance + ahead - std::max(now, item.t);
  }

  /// As many as fit at once if that is most of what is wanted; else by appointment.
  [[nodiscard]] std::uint64_t tokens_for(const ItemView& item, const LeaseNeed& need,
                                         std::int64_t now, std::int64_t ahead) const noexcept {
    const std::uint64_t least = std::max<std::uint64_t>(need.first, 1);
    const std::uint64_t soon = std::min(need.ahead, plan_.largest);
    const std::uint64_t wanted = std::min(most(), std::max({soon, need.all, least}));
    const std::uint64_t at_once = plan_.tokens(room(item, now, 0));
    const bool enough = need.ahead == 0 || at_once >= wanted / 2;
    if (at_once >= least && enough) return std::min(wanted, at_once);
    const std::uint64_t later = plan_.tokens(room(item, now, ahead));
    return later < least ? 0 : std::min({later, std::max(least, soon), most()});
  }

  [[nodiscard]] LeaseOffer move(const ItemView& item, What what, std::uint64_t tokens,
                                std::int64_t time, std::int64_t at_most, std::string_view key,
                                std::int64_t now) const {
    const bool busy = item.busy || item.t > now;
    return {.what = what,
            .write = {.kind = busy ? Kind::advance : Kind::begin,
                      .key = std::string(key),
                      .value = busy ? time : now + time,
                      .version = plan_.interval,
                      .above = now,
                      .at_most = at_most,
                      .expires_at = expiry(now + std::max(plan_.full, time))},
            .tokens = tokens};
  }

  /// As much of it as leaves the bucket to be full within twice its time.
  [[nodiscard]] LeaseOffer post(const ItemView& item, std::uint64_t owed, std::string_view key,
                                std::int64_t now) const {
    const std::int64_t room = now + 2 * plan_.full - std::max(now, item.t);
    const std::uint64_t tokens = std::min(owed, plan_.tokens(room));
    if (tokens == 0) return {.what = What::post};
    const std::int64_t time = plan_.cost(tokens);
    return move(item, What::post, tokens, time, now + 2 * plan_.full - time, key, now);
  }

  /// What is owed stays so many tokens under another rate, as far as the bucket holds them.
  [[nodiscard]] LeaseOffer convert(const ItemView& item, std::string_view key,
                                   std::int64_t now) const {
    const auto old = static_cast<double>(std::max<std::int64_t>(item.v, 1));
    const double debt =
        static_cast<double>(item.t - now) * (static_cast<double>(plan_.interval) / old);
    const auto most = static_cast<double>(2 * plan_.full);
    const std::int64_t t = now + static_cast<std::int64_t>(std::min(debt, most)) + 1;
    return {.what = What::convert,
            .write = {.kind = Kind::convert,
                      .key = std::string(key),
                      .value = t,
                      .version = plan_.interval,
                      .above = item.t,
                      .at_most = item.v,
                      .expires_at = expiry(t)}};
  }

  [[nodiscard]] std::int64_t expiry(std::int64_t at) const noexcept {
    return (at + plan_.full + plan_.ahead.count()) / kSecond + kSlack;
  }

  const LeasePlan plan_;
};

}  // namespace

std::unique_ptr<const LeaseTerms> bucket_terms(const LeasePlan& plan) {
  return std::make_unique<BucketTerms>(plan);
}

}  // namespace lift::detail
