// Waiting for a place.
#include <algorithm>

#include "lift/base/loop.h"
#include "lift/resilience/bulkhead.h"

namespace lift {

/// Leaves the queue when it is destroyed.
class Bulkhead::Waiter : public FairQueue::Waiter {
 public:
  explicit Waiter(Bulkhead& its) noexcept : bulkhead(its) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { static_cast<void>(bulkhead.withdraw(*this)); }

  Bulkhead& bulkhead;
  Levels levels;
  std::optional<Callback<BulkheadAnswer>> done;  ///< while it stands in the queue
};

/// Answers that are given once the lock is. Delivers when it is destroyed.
class Bulkhead::Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() {
    for (std::size_t i = 0; i < size_; ++i) (*to_[i])(std::move(answers_[i]));
  }

  [[nodiscard]] bool full() const noexcept { return size_ == kPlaces; }
  void add(Callback<BulkheadAnswer>&& to, const BulkheadRefusal& refusal) noexcept {
    to_[size_].emplace(std::move(to));
    answers_[size_++].refusal = refusal;
  }
  void add(Callback<BulkheadAnswer>&& to, Bulkhead& bulkhead, const BulkheadHeld& held) noexcept {
    to_[size_].emplace(std::move(to));
    answers_[size_++].permit.emplace(bulkhead, held);
  }

 private:
  static constexpr std::size_t kPlaces = 16;
  std::array<std::optional<Callback<BulkheadAnswer>>, kPlaces> to_;
  std::array<BulkheadAnswer, kPlaces> answers_;
  std::size_t size_ = 0;
};

/// Ends a wait at its time, or when its caller is gone. On the waiter's loop, as the waiter.
class Bulkhead::Alarm {
 public:
  Alarm(Waiter& waiter, Loop& loop, Instant latest, StopToken stop) noexcept
      : waiter_(waiter), loop_(loop) {
    loop_.timers().arm(timer_, latest);
    stop.on_stop(stop_);
  }

 private:
  struct Timeout : Timer {
    explicit Timeout(Alarm& its) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Timeout&>(timer).alarm.ring(); }),
          alarm(its) {}
    Alarm& alarm;
  };
  struct Stop : StopCallback {
    explicit Stop(Alarm& its) noexcept
        : StopCallback([](StopCallback& callback) noexcept {
            Alarm& alarm = static_cast<Stop&>(callback).alarm;
            alarm.reason_ = BulkheadReason::stopped;
            alarm.ring();
          }),
          alarm(its) {}
    Alarm& alarm;
  };

  void ring() noexcept {
    Bulkhead& bulkhead = waiter_.bulkhead;
    // Whoever took it out of the queue before has answered, or is about to.
    if (!bulkhead.withdraw(waiter_)) return;
    BulkheadAnswer answer;
    answer.refusal = bulkhead.refusal(waiter_.levels, reason_);
    (*waiter_.done)(std::move(answer));
  }

  Waiter& waiter_;
  Loop& loop_;
  BulkheadReason reason_ = BulkheadReason::waited;
  Timeout timer_{*this};
  Stop stop_{*this};
};

Task<BulkheadAnswer> Bulkhead::acquire(Asked asked, StopToken stop) {
  Loop& loop = Loop::current();
  const Instant now = loop.clock().now();
  BulkheadAnswer answer;
  const Admission admission = try_acquire(asked, now);
  if (admission.held) {
    answer.permit.emplace(*this, *admission.held);
    co_return answer;
  }
  answer.refusal = admission.refusal;
  if (!queues_) co_return answer;
  const Instant in_time = asked.deadline == kNever ? kNever : asked.deadline - typical();
  const Duration most(max_wait_.load(std::memory_order_relaxed));
  const Instant latest = std::min(saturating_add(now, most), in_time);
  if (latest <= now) {
    answer.refusal.reason = BulkheadReason::no_time;
    co_return answer;
  }
  Waiter waiter(*this);
  auto answered = from_callback<BulkheadAnswer>(
      [&](Callback<BulkheadAnswer> done) { enqueue(waiter, asked, now, std::move(done)); });
  Alarm alarm(waiter, loop, latest, stop);
  BulkheadAnswer told = co_await answered;
  if (!told.permit && told.refusal.reason == BulkheadReason::stopped) throw Cancelled();
  co_return told;
}

void Bulkhead::enqueue(Waiter& waiter, const Asked& asked, Instant now,
                       Callback<BulkheadAnswer> done) {
  waiter.levels = levels_of(asked, asked.tenant.empty() ? nullptr : &want_tenant(asked.tenant));
  waiter.key = sip_hash(secret_, asked.tenant);
  waiter.priority = asked.priority;
  waiter.since = now;
  {
    const std::lock_guard lock(options_mutex_);
    waiter.weight = options_.weight_of_tenant(asked.tenant);
  }
  bool more = false;
  {
    Outbox out;
    const std::lock_guard lock(queue_mutex_);
    if (queue_.add(waiter)) {
      waiter.done.emplace(std::move(done));
      waiting_.fetch_add(1, std::memory_order_seq_cst);
      dispatch(now, out);
      more = out.full();
    } else {
      if (waiter.levels.tenant != nullptr) waiter.levels.tenant->want_no_more();
      out.add(std::move(done), refusal(waiter.levels, BulkheadReason::queue_full));
    }
  }
  if (more) wake(now, nullptr, {});
}

bool Bulkhead::withdraw(Waiter& waiter) noexcept {
  const std::lock_guard lock(queue_mutex_);
  if (!waiter.linked()) return false;
  queue_.remove(waiter);
  left_queue(waiter);
  return true;
}

void Bulkhead::left_queue(Waiter& waiter) noexcept {
  if (waiter.levels.tenant != nullptr) waiter.levels.tenant->want_no_more();
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  if (queue_.size() == 0) codel_.emptied();
}

/// Gives places to those who wait, after the time of one who was served was corrected.
void Bulkhead::wake(Instant now, const FairQueue::Charge* charge, Duration took) noexcept {
  bool more = true;
  while (more) {
    Outbox out;
    const std::lock_guard lock(queue_mutex_);
    if (charge != nullptr) queue_.correct(*std::exchange(charge, nullptr), took);
    dispatch(now, out);
    more = out.full();
  }
}

/// Under the lock.
void Bulkhead::dispatch(Instant now, Outbox& out) noexcept {
  const FairQueue::Waiter* const oldest = queue_.oldest();
  if (oldest == nullptr) return;
  // The oldest's wait and not that of who is served: it tells of a standing queue in any order.
  const Duration standing = std::max(Duration::zero(), now - oldest->since);
  if (codel_.overloaded()) shed_old(now, out);
  bool served = false;
  while (!out.full() && serve_next(now, out)) served = true;
  if (served && queue_.size() > 0) codel_.waited(standing, now);
}

/// Refuses those who have waited for too long to be worth serving.
void Bulkhead::shed_old(Instant now, Outbox& out) noexcept {
  while (!out.full()) {
    auto* const oldest = static_cast<Waiter*>(queue_.oldest());
    if (oldest == nullptr || now - oldest->since <= codel_.patience()) return;
    queue_.remove(*oldest);
    left_queue(*oldest);
    codel_.refused();
    out.add(std::move(*oldest->done), refusal(oldest->levels, BulkheadReason::overload));
  }
}

/// False if there is no place that any of them could use.
bool Bulkhead::serve_next(Instant now, Outbox& out) noexcept {
  const auto may_go = [this](FairQueue::Waiter& waiter) {
    return all_free(static_cast<Waiter&>(waiter).levels);
  };
  if (global_.full()) return false;
  auto* const waiter = static_cast<Waiter*>(queue_.next(codel_.overloaded(), may_go));
  // Where another was faster, that one will wake them when it is through.
  if (waiter == nullptr || !take(waiter->levels)) return false;
  const BulkheadHeld held{.tenant = waiter->levels.tenant,
                          .operation = waiter->levels.operation,
                          .since = std::max(now, waiter->since),
                          .charge = queue_.take(*waiter, typical()),
                          .charged = true};
  left_queue(*waiter);
  out.add(std::move(*waiter->done), *this, held);
  return true;
}

/// Of one who waits, whose tenant's places cannot be retired.
bool Bulkhead::take(const Levels& levels) noexcept {
  if (levels.tenant != nullptr && levels.tenant->take() != detail::Seats::Taken::yes) return false;
  if (!take_rest(levels)) return true;
  if (levels.tenant != nullptr) levels.tenant->give();
  return false;
}

}  // namespace lift
