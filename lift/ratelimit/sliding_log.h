#pragma once
// So many in the last period, exactly: the instant of each is kept.
//
// For small counts, as each token takes 8 bytes for each key. Keys lie in sets of eight; a key all
// of whose instants have passed out of the period may be forgotten, and no other; while all eight
// of a set are in use, further keys of that set share one log.
// Thread-safety: everything from any thread, under the lock of a part of the table.
// Cost: about 60 ns and as much again for a key that is not near; no allocation once made.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "lift/ratelimit/limit_decision.h"
#include "lift/ratelimit/rate.h"

namespace lift {

class SlidingLog {
 public:
  /// Room for `keys` keys with up to `most` instants each.
  SlidingLog(std::size_t keys, std::size_t most);
  SlidingLog(const SlidingLog&) = delete;
  SlidingLog& operator=(const SlidingLog&) = delete;
  ~SlidingLog();

  /// Counts `cost` to `key`, any hash, if it fits in `rate`, whose count is no more than `most`. 0
  /// looks without counting.
  [[nodiscard]] LimitDecision take(std::uint64_t key, const Rate& rate, const LimitTime& time,
                                   std::uint64_t cost);
  [[nodiscard]] LimitDecision peek(std::uint64_t key, const Rate& rate, const LimitTime& time,
                                   std::uint64_t cost);
  /// Takes back `cost` of what was counted at `then`, as far as it still counts.
  void undo(std::uint64_t key, const LimitTime& then, std::uint64_t cost);

  [[nodiscard]] std::size_t most() const noexcept { return most_; }
  [[nodiscard]] std::size_t places() const noexcept;
  [[nodiscard]] std::uint64_t shared() const noexcept;

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kParts = 64;
  struct Log;
  struct Part;

  [[nodiscard]] std::size_t set_of(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(key >> 32) & mask_;
  }
  [[nodiscard]] Log* find(std::uint64_t key) noexcept;
  [[nodiscard]] Log& make_room(std::uint64_t key, Part& part, Instant before);

  std::size_t most_;
  std::size_t mask_;
  std::vector<Log> logs_;        // eight a set, and the ninth that others share
  std::vector<Instant> stamps_;  // `most_` a log, a ring each
  std::unique_ptr<Part[]> parts_;
};

}  // namespace lift
