#pragma once
// Fills an instance's leases: the one who talks to the store, for one limit.
//
// Each key has at most one write on its way; who asks meanwhile waits for its answer and the next.
// A write whose end is unknown counts as done: its tokens are lost, nobody gets them twice. After
// three failures in a row the store counts as away: nobody waits for it, and one write at a time
// tries whether it has come back.
// Thread-safety: tell(), ask() and serving() from any thread; the rest on the store's loop.
// Cost: some microseconds a write, besides the write.

#include <atomic>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lift/base/callback.h"
#include "lift/base/random.h"
#include "lift/base/task_scope.h"
#include "lift/ratelimit/detail/lease_table.h"
#include "lift/ratelimit/detail/lease_terms.h"
#include "lift/ratelimit/gcra.h"
#include "lift/resilience/backoff.h"

namespace lift::detail {

/// What came of an ask.
struct LeaseAnswer {
  enum class End : std::uint8_t { allowed, refused, unavailable };
  End end = End::unavailable;
  /// Refused: when to come back. Allowed: how long to wait first. kNeverAgain: never.
  Duration time{};
  /// Allowed: where its tokens lay, to give them back.
  std::atomic<std::uint64_t>* lease = nullptr;
  std::uint64_t lease_end = 0;
};

struct LeaseAsk {
  std::uint64_t hash = 0;
  std::string text;       ///< of the key
  std::size_t terms = 0;  ///< which of the keeper's
  std::uint64_t cost = 0;
  Instant until = kNever;  ///< gives up
  Duration patience{};     ///< waits so long for its turn
  std::unique_ptr<Callback<LeaseAnswer>> done = {};
};

/// What a keeper has done, for metrics.
struct LeaseCounts {
  std::atomic<std::uint64_t> writes{0};
  std::atomic<std::uint64_t> refused_writes{0};  ///< whose condition did not hold
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> throttled{0};
  std::atomic<std::uint64_t> lost{0};         ///< tokens of leases that ended, or of unknown writes
  std::atomic<std::uint64_t> most_held{0};    ///< tokens of one key at one time
  std::atomic<std::int64_t> clock_offset{0};  ///< ns that were added to this instance's clock
};

class LeaseKeeper final : public std::enable_shared_from_this<LeaseKeeper> {
 public:
  struct Options {
    LimitSharing sharing;  ///< without its store
    std::string name;      ///< of the limit, in keys
    std::size_t max_keys = 0;
    /// One for each quota.
    std::vector<std::shared_ptr<const LeaseTerms>> terms;
  };
  /// `clock` is this instance's. It outlives the keeper, and the store lives until it is closed.
  LeaseKeeper(Options options, LimitStore& store, const Clock& clock);
  ~LeaseKeeper();

  [[nodiscard]] LeaseTable& table() noexcept { return table_; }
  [[nodiscard]] const LeaseTerms& terms(std::size_t index) const { return *options_.terms[index]; }
  [[nodiscard]] const LimitSharing& sharing() const noexcept { return options_.sharing; }
  /// What is added to this instance's calendar, in ns, as it was found to be far off.
  [[nodiscard]] std::int64_t clock_offset() const noexcept {
    return counts_.clock_offset.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const LeaseCounts& counts() const noexcept { return counts_; }
  /// How many instances there seem to be.
  [[nodiscard]] double instances() const noexcept {
    return instances_.load(std::memory_order_relaxed);
  }

  /// Whether it is worth asking: false while the store is away and it is not time to try.
  [[nodiscard]] bool serving(Instant now) const noexcept {
    return now.time_since_epoch().count() >= away_until_.load(std::memory_order_relaxed);
  }
  /// Whether both time lines are as far apart as when tokens were last reserved. Otherwise the
  /// machine stood still or its calendar was set, and every lease ends.
  [[nodiscard]] bool in_step(Instant now, WallTime wall) const noexcept {
    const std::int64_t apart = (wall.time_since_epoch() - now.time_since_epoch()).count() -
                               step_.load(std::memory_order_relaxed);
    return apart < kStep && apart > -kStep;
  }

  /// A key's tokens are running out.
  void tell(std::uint64_t hash);
  /// Answered at once, `unavailable`, if too many ask.
  void ask(LeaseAsk ask);

  /// Drops all that is under way; nothing is begun from now on.
  void close() noexcept;

 private:
  static constexpr std::int64_t kStep = 20'000'000;

  struct Record;
  /// The moment before a write, from which its tokens' time counts.
  struct Begun {
    Instant steady;
    std::int64_t now;  // ns since 1970, corrected
  };
  struct Arrival final : Posted {
    explicit Arrival(LeaseKeeper& its) noexcept
        : Posted([](Posted& p) noexcept { static_cast<Arrival&>(p).keeper.arrived(); }),
          keeper(its) {}
    LeaseKeeper& keeper;
  };

  void wake(std::unique_lock<std::mutex>& lock);
  void arrived() noexcept;
  void take(LeaseAsk ask);
  [[nodiscard]] Record* record_of(const LeaseAsk& ask);
  [[nodiscard]] bool may_forget(std::size_t place);
  [[nodiscard]] bool known(Record& record, LeaseAsk& ask);
  void start(Record& record);
  Task<void> serve(Record& record);
  Task<bool> reserve(Record& record);
  [[nodiscard]] bool may_write(const Record& record) const;
  [[nodiscard]] bool spend_write(Record& record);
  [[nodiscard]] LeaseNeed need_of(Record& record, Instant now);
  void granted(Record& record, std::uint64_t tokens, const Begun& begun);
  void appoint(Record& record, std::uint64_t tokens, Instant from, Instant until);
  void failed(Record& record, const Error& error, const LeaseOffer& offer);
  void refuse(Record& record, const LeaseNeed& need, const Begun& begun);
  void give_up(Record& record, Instant now);
  void unavailable(Record& record);
  [[nodiscard]] LeaseAnswer publish(Record& record, std::uint64_t tokens, Instant until);
  void stay_in_step();
  void appointment_due(Record& record);
  void answered(const std::optional<WallTime>& date, const Begun& begun);
  void estimate(Record& record, std::uint64_t tokens, std::uint64_t all);
  [[nodiscard]] bool other_shard(Record& record);
  [[nodiscard]] std::string key_of(const Record& record) const;
  [[nodiscard]] Begun begin() const noexcept;
  static void answer(LeaseAsk& ask, LeaseAnswer answer);

  const Options options_;
  LimitStore& store_;
  const Clock& clock_;
  const Backoff backoff_;
  const Gcra budget_;
  Gcra::Word spent_{0};
  LeaseTable table_;
  std::vector<std::unique_ptr<Record>> records_;
  std::optional<TaskScope> tasks_;
  LeaseCounts counts_;
  std::atomic<std::int64_t> away_until_{std::numeric_limits<std::int64_t>::min()};
  std::atomic<std::int64_t> step_{0};
  std::atomic<double> instances_{1};
  bool away_ = false;
  bool trying_ = false;
  unsigned failures_ = 0;
  Duration last_wait_{};
  Duration round_trip_ = std::chrono::milliseconds(5);

  std::mutex inbox_;
  std::vector<std::uint64_t> told_;
  std::vector<LeaseAsk> asked_;
  bool closed_ = false;
  bool posted_ = false;
  Arrival arrival_{*this};
  std::shared_ptr<LeaseKeeper> in_flight_;
};

}  // namespace lift::detail
