#include "lift/export/batch_queue.h"

#include <algorithm>
#include <utility>

namespace lift {
namespace {

constexpr std::size_t kItemCost = 24;
/// Storage larger than this is not kept for the next batch.
constexpr std::size_t kLargestSpare = 256U << 10U;

}  // namespace

bool BatchQueue::has_room(std::size_t bytes, bool important) const noexcept {
  const std::size_t most_bytes = important ? capacity_.bytes : capacity_.bytes / 10 * 9;
  const std::size_t most_items = important ? capacity_.items : capacity_.items / 10 * 9;
  return used_bytes_ + bytes <= most_bytes && used_items_ < most_items;
}

bool BatchQueue::fits_open(std::string_view item, WallTime time) const noexcept {
  const std::size_t items = open_.batch.size();
  if (items == 0) return true;
  const std::size_t bytes = open_.batch.bytes() + item.size() + (items + 1) * limits_.item_overhead;
  const Duration span = std::max(latest_, time) - std::min(earliest_, time);
  return items < limits_.max_items && bytes <= limits_.max_bytes && span <= limits_.max_span;
}

bool BatchQueue::push(std::string_view item, WallTime time, bool important, const Clock& clock) {
  ledger_.given(1);
  if (item.size() > limits_.max_item_bytes ||
      item.size() + limits_.item_overhead > limits_.max_bytes) {
    ledger_.dropped(Loss::oversize, 1);
    return false;
  }
  const std::size_t cost = item.size() + kItemCost;
  if (!has_room(cost, important)) {
    ledger_.dropped(Loss::queue_full, 1);
    return false;
  }
  if (!fits_open(item, time)) close();
  if (open_.batch.empty()) {
    open_.first = next_;
    open_due_ = saturating_add(clock.now(), limits_.max_delay);
    earliest_ = latest_ = time;
  }
  open_.batch.add(item, time);
  open_.bytes += cost;
  earliest_ = std::min(earliest_, time);
  latest_ = std::max(latest_, time);
  used_bytes_ += cost;
  ++used_items_;
  ++next_;
  if (open_.batch.size() >= limits_.max_items) close();
  return true;
}

void BatchQueue::close() {
  if (open_.batch.empty()) return;
  open_.items = open_.batch.size();
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
  if (taken.batch.bytes() > kLargestSpare) return;
  taken.batch.clear();
  spare_ = std::move(taken.batch);
}

std::uint64_t BatchQueue::clear() noexcept {
  std::uint64_t items = open_.batch.size();
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
