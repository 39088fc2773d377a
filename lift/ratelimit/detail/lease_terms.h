#pragma once
// What to write next to get tokens, and what an answer means: the algorithm of a shared limit,
// without its time, its store or its callers.
//
// Times are nanoseconds since 1970, as the instance believes.
// Thread-safety: immutable; a view belongs to its owner.
// Cost: next() allocates its write's key.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "lift/ratelimit/lease_plan.h"
#include "lift/ratelimit/limit_options.h"
#include "lift/ratelimit/limit_store.h"

namespace lift::detail {

/// Where an item stood when it was last seen. It never moves back by itself, so what did not fit
/// then does not fit until time has passed.
struct ItemView {
  std::int64_t t = 0;
  std::int64_t v = 0;
  /// Whether others kept the bucket from being full when it was last written: then they will again.
  bool busy = false;
  std::uint32_t window = 0;  ///< whose count `t` is: the low bits of when it began, in ms

  friend bool operator==(const ItemView&, const ItemView&) = default;
};

struct LeaseNeed {
  std::uint64_t first = 0;  ///< what the first who waits must have; 0: nobody waits
  std::uint64_t all = 0;    ///< what all who wait must have
  std::uint64_t ahead = 0;  ///< what those who come soon will ask for
  Duration patience{};      ///< how far ahead tokens may lie for who waits
  std::uint64_t owed = 0;   ///< admitted already, and not yet written
  double share = 1;         ///< of what the fleet gets, this instance's
};

struct LeaseOffer {
  enum class What : std::uint8_t { nothing, reserve, post, convert };
  What what = What::nothing;
  LimitWrite write = {};
  std::uint64_t tokens = 0;
};

/// Tokens may be used from `from` on and before `until`.
struct LeaseSpan {
  std::int64_t from = 0;
  std::int64_t until = 0;
};

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::max();

class LeaseTerms {
 public:
  virtual ~LeaseTerms() = default;

  /// Nothing: what is needed does not fit. The write's deadline is left to the caller.
  [[nodiscard]] virtual LeaseOffer next(const ItemView& item, const LeaseNeed& need,
                                        std::string_view key, std::int64_t now) const = 0;
  /// Takes in what an answer tells of the item.
  virtual void learn(ItemView& item, const LeaseOffer& offer, const LimitWritten& answer,
                     std::int64_t now) const = 0;
  /// Of an offer that was made at `now` and applied, as learn() has seen it.
  [[nodiscard]] virtual LeaseSpan granted(const ItemView& item, std::int64_t now) const = 0;
  /// When `cost` will fit if nobody else comes; kNoTime if it never will.
  [[nodiscard]] virtual std::int64_t fits_at(const ItemView& item, std::uint64_t cost,
                                             std::int64_t now) const = 0;
  /// When it is worth asking again.
  [[nodiscard]] virtual std::int64_t ask_at(const ItemView& item, const LeaseNeed& need,
                                            std::int64_t now) const = 0;
  [[nodiscard]] virtual std::uint64_t remaining(const ItemView& item, std::int64_t now) const = 0;
  /// How many tokens all have taken between two looks; 0 where it cannot be told.
  [[nodiscard]] virtual std::uint64_t taken(const ItemView& before, const ItemView& after,
                                            std::int64_t now) const = 0;
  /// When all of it will be there again.
  [[nodiscard]] virtual std::int64_t full_at(const ItemView& item, std::int64_t now) const = 0;
  [[nodiscard]] virtual const LeasePlan& plan() const noexcept = 0;
  /// The most that a request may cost.
  [[nodiscard]] virtual std::uint64_t most() const noexcept = 0;
};

/// `quota` must be valid, and `plan` made of it.
[[nodiscard]] std::unique_ptr<const LeaseTerms> bucket_terms(const LeasePlan& plan);
[[nodiscard]] std::unique_ptr<const LeaseTerms> window_terms(const Quota& quota,
                                                             const LeasePlan& plan);

}  // namespace lift::detail
