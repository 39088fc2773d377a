#include "lift/export/batch_queue.h"

#include <algorithm>
#include <utility>

namespace lift {
namespace {

constexpr std::size_t kEntryCost = 32;
/// Storage larger than this is not kept for the next batch.
constexpr std::size_t kLargestSpare = 256U << 10U;

}  // namespace

bool BatchQueue::has_room(std::size_t bytes, std::size_t items, bool important) const noexcept {
  const std::size_t most_bytes = important ? capacity_.bytes : capacity_.bytes / 10 * 9;
  const std::size_t most_items = important ? capacity_.items : capacity_.items / 10 * 9;
  return used_bytes_ + bytes <= most_bytes && used_items_ + items <= most_items;
}

bool BatchQueue::fits_open(std::string_view entry, std::size_t items,
                           WallTime time) const noexcept {
  const Batch& open = open_.batch;
  if (open.empty()) return true;
  const std::size_t bytes =
      open.bytes().size() + entry.size() + (open.size() + 1) * limits_.entry_overhead;
  const Duration span = std::max(latest_, time) - std::min(earliest_, time);
  return open.items() + items <= limits_.max_items && open.size() < limits_.max_entries &&
         bytes <= limits_.max_bytes && span <= limits_.max_span;
}

bool BatchQueue::push(std::string_view entry, std::uint32_t items, WallTime time, bool important,
                      const Clock& clock) {
  ledger_.given(items);
  if (entry.size() > limits_.max_entry_bytes ||
      entry.size() + limits_.entry_overhead > limits_.max_bytes) {
    ledger_.dropped(Loss::oversize, items);
    return false;
  }
  const std::size_t cost = entry.size() + kEntryCost;
  if (!has_room(cost, items, important)) {
    ledger_.dropped(Loss::queue_full, items);
    return false;
  }
  if (!fits_open(entry, items, time)) close();
  if (open_.batch.empty()) {
    open_.first = next_;
    open_due_ = saturating_add(clock.now(), limits_.max_delay);
    earliest_ = latest_ = time;
  }
  open_.batch.add(entry, time, items);
  open_.bytes += cost;
  earliest_ = std::min(earliest_, time);
  latest_ = std::max(latest_, time);
  used_bytes_ += cost;
  used_items_ += items;
  ++next_;
  const bool full =
      open_.batch.items() >= limits_.max_items || open_.batch.size() >= limits_.max_entries;
  if (full) close();
  return true;
}

void BatchQueue::close() {
  if (open_.batch.empty()) return;
  open_.items = open_.batch.items();
  closed_.push_back(std::move(open_));
  open_ = Taken{};
  open_.batch = std::exchange(spare_, Batch{});
  open_due_ = kNever;
}

std::optional<BatchQueue::Taken> BatchQueue::take(Instant now) {
  if (closed_.empty() && open_due_ <= now) close();
  if (closed_.empty()) return std::nullopt;
  Taken taken = std::move(closed_.front());
  closed_.pop_front();
  return taken;
}

void BatchQueue::finished(Taken taken) noexcept {
  used_bytes_ -= taken.bytes;
  used_items_ -= taken.items;
  if (taken.batch.bytes().size() > kLargestSpare) return;
  taken.batch.clear();
  spare_ = std::move(taken.batch);
}

std::uint64_t BatchQueue::clear() noexcept {
  std::uint64_t items = open_.batch.items();
  std::size_t bytes = open_.bytes;
  for (const Taken& taken : closed_) {
    items += taken.items;
    bytes += taken.bytes;
  }
  closed_.clear();
  open_ = Taken{};
  open_due_ = kNever;
  used_items_ -= items;
  used_bytes_ -= bytes;
  return items;
}

Instant BatchQueue::due() const noexcept { return closed_.empty() ? open_due_ : Instant::min(); }

std::uint64_t BatchQueue::oldest() const noexcept {
  if (!closed_.empty()) return closed_.front().first;
  return open_.batch.empty() ? next_ : open_.first;
}

}  // namespace lift
