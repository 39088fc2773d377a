#pragma once
// A bulkhead: how many requests may be at work at once, in all, for each operation and for each
// tenant, so that no tenant and no slow operation takes all places.
//
//   Bulkhead bulkhead(options, 10'000, random);
//   Bulkhead::Operation& charge = bulkhead.operation("POST /charges");   // at start
//   const Bulkhead::Asked asked{.operation = &charge, .tenant = tenant};
//   auto admission = bulkhead.try_acquire(asked, now);
//   if (!admission.held) … refuse, admission.refusal …, or wait:
//   auto acquiring = bulkhead.acquire(asked, stop);
//   BulkheadAnswer answer = co_await acquiring;
//   …
//   bulkhead.release(*admission.held, now);   // when the last byte is out
//
// Places are taken from the innermost level out: tenant, operation, all. Where one is full, what
// was taken is given back before anyone waits: nobody waits while holding. Limits are never
// exceeded. Tenants may use what others do not need, up to their limits; who waits goes by weighted
// fair queueing (fair_queue.h), by CoDel (codel.h) once there is lastingly more than can be served,
// and no longer than leaves time to be served. While anyone waits, nobody who comes later takes a
// place that a waiter could use. A tenant for whom there is no room in the table shares one
// tenant's limit with all such tenants.
// Source: Netflix' partitioned limits for work-conserving shares, Kubernetes' API Priority and
// Fairness for the queue, Facebook's "Fail at Scale" (2015) for its discipline under overload.
// Thread-safety: everything from any thread; acquire() on a loop. Without a lock as long as nobody
// waits.
// Cost: three levels taken and given back about 40 ns, a tenant's hash and place included; no
// allocation but for a tenant who is new. A wait is one coroutine frame and one post. 48 bytes a
// tenant and its name.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/callback.h"
#include "lift/base/keyed_table.h"
#include "lift/base/sip_hash.h"
#include "lift/base/stop.h"
#include "lift/base/task.h"
#include "lift/resilience/bulkhead_options.h"
#include "lift/resilience/codel.h"
#include "lift/resilience/detail/seats.h"
#include "lift/resilience/fair_queue.h"

namespace lift {

class Bulkhead;

enum class BulkheadLevel : std::uint8_t { tenant, operation, global };
[[nodiscard]] std::string_view to_string(BulkheadLevel level) noexcept;

/// Why there is no place.
enum class BulkheadReason : std::uint8_t {
  full,        ///< and nobody may wait
  queue_full,  ///< so many wait already
  no_time,     ///< the deadline leaves none to wait and be served
  waited,      ///< as long as one may
  overload,    ///< and it was not among the newest
  stopped,     ///< its caller is gone
};
[[nodiscard]] std::string_view to_string(BulkheadReason reason) noexcept;

struct BulkheadRefusal {
  BulkheadLevel level = BulkheadLevel::global;  ///< that had no place
  BulkheadReason reason = BulkheadReason::full;
  std::uint32_t limit = 0;  ///< of that level
  Duration retry_after{};   ///< about when a place is free
};

/// A place; given back once. In a type that must be destroyed trivially; see BulkheadPermit.
struct BulkheadHeld {
  detail::Seats* tenant = nullptr;
  detail::Seats* operation = nullptr;
  Instant since{};
  FairQueue::Charge charge = {};
  bool charged = false;
};

/// A place that gives itself back. Must not outlive its bulkhead. Move-only.
class BulkheadPermit {
 public:
  BulkheadPermit(Bulkhead& bulkhead, const BulkheadHeld& held) noexcept
      : bulkhead_(&bulkhead), held_(held) {}
  BulkheadPermit(BulkheadPermit&& other) noexcept
      : bulkhead_(std::exchange(other.bulkhead_, nullptr)), held_(other.held_) {}
  BulkheadPermit& operator=(BulkheadPermit&&) = delete;
  ~BulkheadPermit();

  void release(Instant now) noexcept;
  /// From now on it is the caller who gives it back.
  [[nodiscard]] BulkheadHeld detach() noexcept {
    bulkhead_ = nullptr;
    return held_;
  }

 private:
  Bulkhead* bulkhead_;
  BulkheadHeld held_;
};

/// What who waited is told.
struct BulkheadAnswer {
  std::optional<BulkheadPermit> permit;
  BulkheadRefusal refusal = {};  ///< where there is none
};

class Bulkhead {
 public:
  class Operation {
   public:
    explicit Operation(std::string_view its_name) : name_(its_name) {}

   private:
    friend class Bulkhead;
    std::string name_;
    detail::Seats seats_;
    std::atomic<bool> limited_{false};
  };
  struct Asked {
    Operation* operation = nullptr;
    std::string_view tenant = {};  ///< empty: no tenant's limit
    Priority priority = Priority::normal;
    Instant deadline = kNever;
  };
  struct Admission {
    std::optional<BulkheadHeld> held;
    BulkheadRefusal refusal = {};
  };
  struct View {
    std::uint32_t in_use = 0;
    std::uint32_t limit = 0;
    std::size_t waiting = 0;
    std::size_t tenants = 0;
    bool overloaded = false;
  };

  static constexpr std::size_t kMaxOperations = 10'000;

  /// `options` must be valid, `max_keys` (tenants) 1 to 1,000,000. Which tenants share queues and
  /// places in the table is drawn from `random`.
  Bulkhead(const BulkheadOptions& options, std::size_t max_keys, Random& random);
  Bulkhead(const Bulkhead&) = delete;
  Bulkhead& operator=(const Bulkhead&) = delete;

  /// The same for the same name, for as long as this lives; beyond kMaxOperations one without limit
  /// for all.
  [[nodiscard]] Operation& operation(std::string_view name);

  /// A place now, or none.
  [[nodiscard]] Admission try_acquire(const Asked& asked, Instant now);
  /// A place, now or once there is one; see BulkheadReason for when there is none. Throws Cancelled
  /// soon after `stop`. What `asked` points to must live until the task has finished.
  [[nodiscard]] Task<BulkheadAnswer> acquire(Asked asked, StopToken stop = {});
  /// `now` tells how long the work took; absent: nobody knows.
  void release(const BulkheadHeld& held, std::optional<Instant> now) noexcept;

  /// Limits, weights and times hold from now on; whether there are queues, and their shape, stays
  /// as it was made.
  void update(const BulkheadOptions& options, Instant now);

  [[nodiscard]] View view();
  [[nodiscard]] bool queues() const noexcept { return queues_; }
  /// How often a tenant had no place in the table.
  [[nodiscard]] std::uint64_t overflowed() const noexcept { return table_.overflowed(); }
  /// What a request takes, by a moving average.
  [[nodiscard]] Duration typical() const noexcept {
    return Duration(typical_.load(std::memory_order_relaxed));
  }

 private:
  struct Levels {
    detail::Seats* tenant = nullptr;
    detail::Seats* operation = nullptr;
  };
  class Waiter;
  class Alarm;
  class Outbox;
  struct Tenant {
    void renew() noexcept { seats.renew(); }
    detail::Seats seats;
  };
  using Table = KeyedTable<Tenant>;

  [[nodiscard]] Levels levels_of(const Asked& asked, detail::Seats* tenant) const noexcept;
  [[nodiscard]] Table::Place place_of(std::uint64_t key, std::string_view tenant);
  [[nodiscard]] bool take_tenant(std::string_view tenant, detail::Seats*& seats);
  [[nodiscard]] detail::Seats& want_tenant(std::string_view tenant);
  [[nodiscard]] std::optional<BulkheadLevel> take_rest(const Levels& levels) noexcept;
  [[nodiscard]] bool all_free(const Levels& levels) const noexcept;
  static void give(const Levels& levels) noexcept;
  void wake(Instant now, const FairQueue::Charge* charge, Duration took) noexcept;
  void enqueue(Waiter& waiter, const Asked& asked, Instant now, Callback<BulkheadAnswer> done);
  [[nodiscard]] bool withdraw(Waiter& waiter) noexcept;
  void left_queue(Waiter& waiter) noexcept;
  [[nodiscard]] bool take(const Levels& levels) noexcept;
  void dispatch(Instant now, Outbox& out) noexcept;
  void shed_old(Instant now, Outbox& out) noexcept;
  [[nodiscard]] bool serve_next(Instant now, Outbox& out) noexcept;
  [[nodiscard]] BulkheadRefusal refusal(const Levels& levels, BulkheadReason reason) const noexcept;
  [[nodiscard]] BulkheadRefusal refusal(const Levels& levels, BulkheadLevel level,
                                        BulkheadReason reason) const noexcept;
  void learn(Duration took) noexcept;

  const HashKey secret_;
  const bool queues_;
  alignas(64) detail::Seats global_;
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<Duration::rep> typical_{0};
  Table table_;
  detail::Seats crowd_;  ///< of tenants who have no place in the table
  std::mutex options_mutex_;
  BulkheadOptions options_;
  std::deque<Operation> operations_;
  std::mutex queue_mutex_;
  FairQueue queue_;
  Codel codel_;
  std::atomic<Duration::rep> max_wait_;
};

}  // namespace lift
