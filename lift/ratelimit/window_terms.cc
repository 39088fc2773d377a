#include <algorithm>
#include <cmath>

#include "lift/ratelimit/detail/lease_terms.h"
#include "lift/ratelimit/fixed_window.h"

namespace lift::detail {
namespace {

using What = LeaseOffer::What;

constexpr std::int64_t kSlack = 3600;
constexpr std::int64_t kSecond = 1'000'000'000;
/// Of its share of what is left, so much is taken at a time: less and less towards the end, so that
/// hardly any is left unused somewhere.
constexpr double kGuided = 0.5;

WallTime wall(std::int64_t now) noexcept { return WallTime(Duration(now)); }

/// The counts of a window are in an item of its own, so none can be used in another window.
class WindowTerms final : public LeaseTerms {
 public:
  WindowTerms(const Quota& quota, const LeasePlan& plan)
      : plan_(plan), window_(quota), count_(quota.rate.count), period_(quota.rate.per.count()) {}

  LeaseOffer next(const ItemView& item, const LeaseNeed& need, std::string_view key,
                  std::int64_t now) const override {
    if (need.owed > 0) return add(What::post, need.owed, kNoTime - count(need.owed), key, now);
    const std::uint64_t left = remaining(item, now);
    const std::uint64_t least = std::max<std::uint64_t>(need.first, 1);
    if (left < least) return {};
    const double guided = std::ceil(static_cast<double>(left) * need.share * kGuided);
    const std::uint64_t ahead = std::min(need.ahead, static_cast<std::uint64_t>(guided));
    const std::uint64_t tokens = std::min(left, std::max({least, need.all, ahead}));
    return add(What::reserve, tokens, static_cast<std::int64_t>(count_) - count(tokens), key, now);
  }

  void learn(ItemView& item, const LeaseOffer& offer, const LimitWritten& answer,
             std::int64_t now) const override {
    const bool same = item.window == name(now);
    const std::int64_t before = same ? item.t : 0;
    item = {.t = before, .v = 0, .window = name(now)};
    if (answer.item) {
      item.t = answer.item->t;
    } else if (answer.applied) {
      item.t += offer.write.value;
    }
  }

  LeaseSpan granted(const ItemView&, std::int64_t now) const override {
    return {.from = now, .until = end(now)};
  }
  std::int64_t fits_at(const ItemView& item, std::uint64_t cost, std::int64_t now) const override {
    if (cost > count_) return kNoTime;
    return remaining(item, now) >= cost ? now : end(now);
  }
  std::int64_t ask_at(const ItemView& item, const LeaseNeed& need,
                      std::int64_t now) const override {
    return fits_at(item, std::max<std::uint64_t>(need.first, 1), now);
  }
  std::uint64_t remaining(const ItemView& item, std::int64_t now) const override {
    if (item.window != name(now)) return count_;
    const auto used = static_cast<std::uint64_t>(std::max<std::int64_t>(item.t, 0));
    return used >= count_ ? 0 : count_ - used;
  }
  std::uint64_t taken(const ItemView& before, const ItemView& after,
                      std::int64_t now) const override {
    const bool known = before.window == name(now) && after.window == before.window;
    return known && after.t > before.t ? static_cast<std::uint64_t>(after.t - before.t) : 0;
  }
  std::int64_t full_at(const ItemView&, std::int64_t now) const override { return end(now); }
  const LeasePlan& plan() const noexcept override { return plan_; }
  std::uint64_t most() const noexcept override { return count_; }

 private:
  [[nodiscard]] static std::int64_t count(std::uint64_t tokens) noexcept {
    return static_cast<std::int64_t>(tokens);
  }
  [[nodiscard]] std::int64_t begin(std::int64_t now) const noexcept {
    return window_.window(wall(now)).time_since_epoch().count();
  }
  [[nodiscard]] std::uint32_t name(std::int64_t now) const noexcept {
    return static_cast<std::uint32_t>(begin(now) / 1'000'000);
  }
  [[nodiscard]] std::int64_t end(std::int64_t now) const noexcept { return begin(now) + period_; }

  [[nodiscard]] LeaseOffer add(What what, std::uint64_t tokens, std::int64_t at_most,
                               std::string_view key, std::int64_t now) const {
    const std::int64_t start = begin(now);
    return {.what = what,
            .write = {.kind = LimitWrite::Kind::add,
                      .key = std::string(key).append("#").append(std::to_string(start / 1'000'000)),
                      .value = count(tokens),
                      .at_most = at_most,
                      .expires_at = (start + period_) / kSecond + kSlack},
            .tokens = tokens};
  }

  const LeasePlan plan_;
  const FixedWindow window_;
  const std::uint64_t count_;
  const std::int64_t period_;
};

}  // namespace

std::unique_ptr<const LeaseTerms> window_terms(const Quota& quota, const LeasePlan& plan) {
  return std::make_unique<WindowTerms>(quota, plan);
}

}  // namespace lift::detail
