#include "lift/export/batch_sender.h"

#include <algorithm>
#include <utility>

#include "lift/base/sleep.h"
#include "lift/export/detail/bell.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// A destination that asks for longer is asked again all the same.
constexpr Duration kLongestQuiet = 5min;

std::string nanoseconds(Duration time) { return std::to_string(time.count()) + "ns"; }

BatchLimits with_delay(BatchLimits limits, Duration max_delay) {
  limits.max_delay = max_delay;
  return limits;
}

}  // namespace

/// One batch in flight, or the wait for one.
struct BatchSender::Lane {
  detail::Bell bell;
  std::optional<BatchQueue::Taken> taken;
  Task<void> task;  // dropped first: its frame uses the others
};

struct BatchSender::Flush : Link {
  explicit Flush(std::uint64_t end) noexcept : upto(end) {}
  std::uint64_t upto;
  detail::Bell bell;
};

Problems SenderOptions::validate() const {
  Problems problems;
  if (max_queue_bytes < (64U << 10U) || max_queue_bytes > (1U << 30U)) {
    problems.add("max_queue_bytes", std::to_string(max_queue_bytes),
                 "must be from 64 KiB to 1 GiB");
  }
  if (max_queue_items < 100 || max_queue_items > 10'000'000) {
    problems.add("max_queue_items", std::to_string(max_queue_items),
                 "must be from 100 to 10000000");
  }
  if (max_delay < 0ns || max_delay > 1h) {
    problems.add("max_delay", nanoseconds(max_delay), "must be from 0 to 1 h");
  }
  if (timeout < 10ms || timeout > 10min) {
    problems.add("timeout", nanoseconds(timeout), "must be from 10 ms to 10 min");
  }
  if (give_up_after < timeout || give_up_after > 24h) {
    problems.add("give_up_after", nanoseconds(give_up_after), "must be from `timeout` to 24 h");
  }
  if (in_flight < 1 || in_flight > 2) {
    problems.add("in_flight", std::to_string(in_flight), "must be 1 or 2");
  }
  problems.add_all("backoff", backoff.validate());
  problems.add_all("retry_budget", retry_budget.validate());
  return problems;
}

BatchSender::BatchSender(const SenderOptions& options, BatchLimits limits, BatchCarrier& carrier)
    : options_(options),
      backoff_(Backoff::make(options.backoff).value()),
      budget_(options.retry_budget),
      queue_(with_delay(limits, options.max_delay),
             {.bytes = options.max_queue_bytes, .items = options.max_queue_items}, ledger_),
      carrier_(carrier),
      end_(std::make_unique<Lane>()) {}

BatchSender::~BatchSender() { stop(); }

bool BatchSender::push(std::string_view entry, WallTime time, bool important, std::uint32_t items) {
  if (stopped_) {
    ledger_.given(items);
    ledger_.dropped(Loss::shutdown, items);
    return false;
  }
  const Instant before = queue_.due();
  const bool kept = queue_.push(entry, items, time, important, Loop::current().clock());
  if (queue_.due() < before) wake_lane();
  return kept;
}

Task<void> BatchSender::run() {
  for (unsigned i = 0; i < options_.in_flight && !stopped_; ++i) {
    Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.task = work(lane);
  }
  while (!stopped_) co_await end_->bell.until(kNever);
}

Task<void> BatchSender::work(Lane& lane) {
  Loop& loop = Loop::current();
  while (true) {
    lane.taken = queue_.take(loop.clock().now());
    if (!lane.taken) {
      co_await lane.bell.until(queue_.due());
      continue;
    }
    wake_lane();  // another one takes over to watch for what comes next
    co_await deliver(lane);
    queue_.finished(std::move(*std::exchange(lane.taken, std::nullopt)));
    wake_flushes();
  }
}

Task<void> BatchSender::deliver(Lane& lane) {
  Loop& loop = Loop::current();
  const auto now = [&loop] { return loop.clock().now(); };
  while (now() < quiet_until_) co_await lane.bell.until(quiet_until_);
  const Instant give_up = saturating_add(now(), options_.give_up_after);
  Duration last{};
  for (std::uint64_t retry = 0;; ++retry) {
    const Instant deadline = std::min(saturating_add(now(), options_.timeout), give_up);
    const SendResult result = co_await attempt(lane.taken->batch, deadline);
    if (settle(lane, result, retry == 0)) co_return;
    const Loss loss = result.timed_out ? Loss::export_timeout : Loss::export_failed;
    last = backoff_.delay(retry + 1, last, loop.random());
    if (result.retry_after) {
      const Duration asked = std::clamp<Duration>(*result.retry_after, 0ns, kLongestQuiet);
      quiet_until_ = std::max(quiet_until_, saturating_add(now(), asked));
    }
    const Instant next = std::max(saturating_add(now(), last), quiet_until_);
    if (next >= give_up || !budget_.try_spend(now())) co_return drop(lane, loss);
    co_await sleep(next - now());
    while (now() < quiet_until_) co_await lane.bell.until(quiet_until_);
    if (now() >= give_up) co_return drop(lane, loss);
  }
}

Task<SendResult> BatchSender::attempt(const Batch& batch, Instant deadline) {
  SendResult result;
  try {
    result = co_await carrier_.carry(batch, deadline);
  } catch (const std::exception& error) {
    result.kind = SendResult::Kind::retry;
    result.problem = error.what();
  }
  co_return result;
}

bool BatchSender::settle(Lane& lane, const SendResult& result, bool first) {
  Batch& batch = lane.taken->batch;
  problem_ = result.problem;
  if (result.kind == SendResult::Kind::retry) return false;
  if (result.kind == SendResult::Kind::refused) {
    drop(lane, Loss::export_rejected);
    return true;
  }
  if (first) {
    budget_.succeeded(Loop::current().clock().now());
  } else {
    budget_.refund();
  }
  const std::size_t before = batch.items();
  batch.keep(result.unprocessed);
  const std::size_t ended = before - batch.items();
  const std::size_t rejected = std::min<std::size_t>(ended, result.rejected);
  ledger_.dropped(Loss::export_rejected, rejected);
  ledger_.delivered(ended - rejected);
  return batch.empty();
}

void BatchSender::drop(Lane& lane, Loss loss) noexcept {
  ledger_.dropped(loss, lane.taken->batch.items());
  lane.taken->batch.clear();
}

Task<bool> BatchSender::flush(Instant deadline) {
  Loop& loop = Loop::current();
  queue_.close();
  wake_lane();
  Flush flush(queue_.next());
  flushes_.push_back(flush);
  while (!stopped_ && !resolved(flush.upto) && loop.clock().now() < deadline) {
    co_await flush.bell.until(deadline);
  }
  co_return resolved(flush.upto);
}

void BatchSender::stop() noexcept {
  if (std::exchange(stopped_, true)) return;
  for (const auto& lane : lanes_) {
    lane->task.drop();
    if (!lane->taken) continue;
    drop(*lane, Loss::shutdown);
    queue_.finished(std::move(*std::exchange(lane->taken, std::nullopt)));
  }
  ledger_.dropped(Loss::shutdown, queue_.clear());
  wake_flushes();
  end_->bell.ring();
}

void BatchSender::wake_lane() noexcept {
  for (const auto& lane : lanes_) {
    if (!lane->taken && lane->bell.awaited()) return lane->bell.ring();
  }
}

void BatchSender::wake_flushes() noexcept {
  // Those that have nothing to wait for any more leave the list at their next turn.
  IntrusiveList<Flush> waiting;
  waiting.splice_back(flushes_);
  while (Flush* flush = waiting.pop_front()) {
    flushes_.push_back(*flush);
    flush->bell.ring();
  }
}

bool BatchSender::resolved(std::uint64_t upto) const noexcept {
  if (queue_.oldest() < upto) return false;
  return std::ranges::none_of(
      lanes_, [upto](const auto& lane) { return lane->taken && lane->taken->first < upto; });
}

}  // namespace lift
