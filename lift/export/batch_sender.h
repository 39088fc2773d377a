#pragma once
// Sends what a destination is given in batches, and knows what became of every item.
//
// One bounded queue; one batch in flight, or two; retries where the carrier says that they may
// help, after a back-off and within a budget, until the batch's time is up. While there is nothing
// to send no timer is armed.
// Thread-safety: belongs to one loop, but for stats().
// Cost: see BatchQueue; a batch costs its carrier's work.

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/intrusive_list.h"
#include "lift/base/task.h"
#include "lift/export/batch_queue.h"
#include "lift/export/delivery_ledger.h"
#include "lift/resilience/backoff.h"
#include "lift/resilience/retry_budget.h"

namespace lift {

/// How one attempt to send a batch ended.
struct SendResult {
  enum class Kind : std::uint8_t {
    delivered,  ///< but for `rejected` items, and those in `unprocessed`
    retry,      ///< nothing was taken; another attempt may help
    refused,    ///< nothing was taken, and nothing will be
  };
  Kind kind = Kind::delivered;
  std::uint64_t rejected = 0;              ///< items that the destination will never take
  std::vector<std::uint32_t> unprocessed;  ///< entries to send again, rising
  bool timed_out = false;                  ///< there was no answer in time
  /// What the destination asks for: nothing is sent to it before.
  std::optional<Duration> retry_after;
  std::string problem;  ///< in a few words, for people; "" when all is well
};

/// Knows the protocol of one destination.
class BatchCarrier {
 public:
  virtual ~BatchCarrier() = default;
  /// One attempt, over at `deadline`. An exception counts as an attempt that may be repeated.
  virtual Task<SendResult> carry(const Batch& batch, Instant deadline) = 0;
};

struct SenderOptions {
  /// Of all that is queued or in flight: 64 KiB to 1 GiB.
  std::size_t max_queue_bytes = 16U << 20U;
  /// Likewise: 100 to 10,000,000.
  std::size_t max_queue_items = 100'000;
  /// How long an item waits for others: 0 to 1 h.
  Duration max_delay = std::chrono::seconds(1);
  /// Of one attempt: 10 ms to 10 min.
  Duration timeout = std::chrono::seconds(10);
  /// How long one batch is tried for before it is dropped: `timeout` to 24 h.
  Duration give_up_after = std::chrono::seconds(60);
  /// Batches on their way at a time: 1 or 2.
  unsigned in_flight = 1;
  BackoffOptions backoff{.base = std::chrono::milliseconds(500)};
  RetryBudgetOptions retry_budget;

  [[nodiscard]] Problems validate() const;
};

class BatchSender {
 public:
  /// `options` must be valid. `limits.max_delay` is taken from them. `carrier` must outlive this.
  BatchSender(const SenderOptions& options, BatchLimits limits, BatchCarrier& carrier);
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;
  ~BatchSender();

  /// Keeps a copy of an encoded entry of so many items; false if it was dropped, which is counted.
  /// Important ones have the last tenth of the room to themselves.
  bool push(std::string_view entry, WallTime time, bool important = false, std::uint32_t items = 1);
  /// Counts items that never became an entry.
  void lost(Loss loss, std::uint64_t items) noexcept {
    ledger_.given(items);
    ledger_.dropped(loss, items);
  }
  /// Sends until stop(). Call once, on the loop.
  Task<void> run();
  /// Finishes when all that was queued when it was called is delivered or dropped, at `deadline`,
  /// or at stop(). True if all of it is.
  Task<bool> flush(Instant deadline);
  /// Cancels what is in flight and drops what is queued. Not from within the carrier.
  void stop() noexcept;

  /// From any thread.
  [[nodiscard]] DestinationStats stats() const noexcept { return ledger_.stats(); }
  /// What was wrong with the last attempt that failed, "" if none did since the last success.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct Lane;
  struct Flush;
  Task<void> work(Lane& lane);
  Task<void> deliver(Lane& lane);
  Task<SendResult> attempt(const Batch& batch, Instant deadline);
  /// Counts what has ended; true if nothing of the batch is left to send.
  bool settle(Lane& lane, const SendResult& result, bool first);
  void drop(Lane& lane, Loss loss) noexcept;
  void wake_lane() noexcept;
  void wake_flushes() noexcept;
  [[nodiscard]] bool resolved(std::uint64_t upto) const noexcept;

  SenderOptions options_;
  Backoff backoff_;
  RetryBudget budget_;
  DeliveryLedger ledger_;
  BatchQueue queue_;
  BatchCarrier& carrier_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  IntrusiveList<Flush> flushes_;
  std::unique_ptr<Lane> end_;  // where run() waits
  Instant quiet_until_ = Instant::min();
  std::string problem_;
  bool stopped_ = false;
};

}  // namespace lift
