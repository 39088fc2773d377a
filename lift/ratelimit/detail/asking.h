#pragma once
// One request before all its limits: let in by all, or charged by none.
//
// Thread-safety: belongs to one request. Cost: its lists are in the request's arena.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "lift/ratelimit/detail/limit_set.h"

namespace lift::detail {

/// What is held for a request until its end decides. Lies in its arena; destroyed by settle().
struct HeldCharges {
  struct Charge {
    const OneLimit* limit;
    LimitCounts::Place place;
    std::uint64_t amount;
  };
  std::shared_ptr<const LimitSet> owner;
  LimitTime then;
  std::span<Charge> charges;

  /// Charges what the request has cost. Ends the life of this.
  void settle(const Context& ctx, const Outcome& outcome, const LimitTime& now) noexcept;
  /// Lets go of what is held, for a request that was not let in. Ends the life of this.
  void release(const LimitTime& now) noexcept;
};

class Asking {
 public:
  Asking(Context& ctx, const LimitSet& set, const LimitTime& time);

  /// Asks and charges. False: decide() must be awaited, and then run() again. What a function of
  /// the user's throws is thrown on, and nothing is charged.
  [[nodiscard]] bool run();
  /// For the limit that could not decide at once.
  [[nodiscard]] Task<void> decide();
  /// Takes back all that was charged.
  void abandon() noexcept { undo(Which::all); }

  [[nodiscard]] bool allowed() const noexcept { return refusals_ == 0; }
  /// Of the limits in force, those that were asked.
  [[nodiscard]] std::span<const LimitVerdict> verdicts() const noexcept {
    return {verdicts_, verdict_count_};
  }
  /// How long it has to wait for its turn.
  [[nodiscard]] Duration wait() const noexcept { return wait_; }
  /// What is held, null if nothing is. `owner` keeps the limits until then.
  [[nodiscard]] HeldCharges* held(const std::shared_ptr<const LimitSet>& owner) const;

 private:
  struct Question {
    const OneLimit* limit;
    std::size_t index;
    std::uint64_t hash;
    std::size_t quota;
    std::uint64_t cost;
  };
  /// False: it could not decide at once.
  [[nodiscard]] bool ask(std::size_t index);
  void accept(const Question& question, const LimitCounts::Taken& taken);
  void enforce(const Question& question, const LimitCounts::Taken& taken);
  void shadow(const Question& question, const LimitCounts::Taken& taken);
  void compare(const Question& question, const LimitDecision& decision);
  void keep_turn(const Question& question, LimitCounts::Taken& taken) const;
  enum class Which : std::uint8_t { enforced, all };
  void undo(Which which) noexcept;

  Context& ctx_;
  const LimitSet& set_;
  const LimitTime time_;
  std::size_t next_ = 0;
  Question open_{};
  LimitVerdict* verdicts_;
  HeldCharges::Charge* charges_;
  std::size_t verdict_count_ = 0;
  std::size_t charge_count_ = 0;
  std::size_t settled_later_ = 0;
  unsigned refusals_ = 0;
  std::uint32_t refused_by_ = 0;  // bit n: by limit n
  Duration wait_{};
};

}  // namespace lift::detail
