#include "lift/telemetry/detail/metric_cells.h"

#include <algorithm>

namespace lift::detail {
namespace {

/// Small series share a block of this many cells, so that each does not take a cache line.
constexpr std::size_t kSharedBlock = 64;

/// Adds `sign` times what `read` gives for each cell.
template <class Read>
void add_scaled(std::span<std::uint64_t> sums, double sign, Read read) {
  std::size_t at = 0;
  if (sums.size() > 1) {  // a histogram: its first cell is a double
    const double sum = std::bit_cast<double>(sums[0]) + sign * std::bit_cast<double>(read(0));
    sums[at++] = std::bit_cast<std::uint64_t>(sum);
  }
  for (; at < sums.size(); ++at) sums[at] += sign < 0 ? 0 - read(at) : read(at);
}

void add_cells(std::span<std::uint64_t> sums, std::span<const Cell> cells) {
  add_scaled(sums, 1, [&](std::size_t i) { return cells[i].load(std::memory_order_relaxed); });
}

}  // namespace

void add_block(std::span<std::uint64_t> sums, std::span<const std::uint64_t> more) noexcept {
  if (!more.empty()) add_scaled(sums, 1, [&](std::size_t i) { return more[i]; });
}

void subtract_block(std::span<std::uint64_t> from, std::span<const std::uint64_t> less) noexcept {
  if (!less.empty()) add_scaled(from, -1, [&](std::size_t i) { return less[i]; });
}

Cell* MetricShard::take(std::size_t cells) {
  if (cells > 1) return blocks_.emplace_back(std::make_unique<Cell[]>(cells)).get();
  if (shared_left_ == 0) {
    shared_ = blocks_.emplace_back(std::make_unique<Cell[]>(kSharedBlock)).get();
    shared_left_ = kSharedBlock;
  }
  --shared_left_;
  return shared_++;
}

Cell* MetricShard::obtain(SeriesId id, std::size_t cells) {
  const std::lock_guard lock(mutex_);
  if (id >= table_.size()) {
    table_.resize(std::max<std::size_t>(id + 1, table_.size() * 2));
    entries_ = table_.data();
    count_ = table_.size();
  }
  Entry& entry = table_[id];
  if (entry.cells == nullptr) entry = {take(cells), cells};
  return entry.cells;
}

void MetricShard::visit(const Visit& visit) const {
  const std::lock_guard lock(mutex_);
  for (SeriesId id = 0; id < table_.size(); ++id) {
    if (table_[id].cells != nullptr) visit(id, {table_[id].cells, table_[id].size});
  }
}

void MetricShard::add_to(SeriesId id, std::span<std::uint64_t> sums) const {
  const std::lock_guard lock(mutex_);
  if (const Cell* cells = find(id)) add_cells(sums, {cells, sums.size()});
}

MetricCells::MetricCells() : retired_(std::make_unique<MetricShard>()) { start_shards(); }

// A thread that begins to count gathers what ended ones left, lest it pile up where nobody reads.
void MetricCells::start_shards() {
  shards_.emplace([this] {
    const std::lock_guard lock(mutex_);
    retire_ended();
    return std::make_shared<MetricShard>();
  });
}

void MetricCells::retire_ended() {
  shards_->gather_ended([this](const MetricShard& shard) {
    shard.visit([this](SeriesId id, std::span<const Cell> cells) {
      Cell* const sums = retired_->obtain(id, cells.size());
      std::vector<std::uint64_t> values(cells.size());
      add_cells(values, {sums, cells.size()});
      add_cells(values, cells);
      for (std::size_t i = 0; i < values.size(); ++i) {
        sums[i].store(values[i], std::memory_order_relaxed);
      }
    });
    return true;
  });
}

std::vector<std::vector<std::uint64_t>> MetricCells::totals(std::size_t series) {
  std::vector<std::vector<std::uint64_t>> sums(series);
  const auto add = [&](SeriesId id, std::span<const Cell> cells) {
    if (id >= series) return;  // registered after the caller looked how many there are
    sums[id].resize(cells.size());
    add_cells(sums[id], cells);
  };
  const std::lock_guard lock(mutex_);
  retire_ended();
  retired_->visit(add);
  shards_->for_each([&](const MetricShard& shard) { shard.visit(add); });
  return sums;
}

std::vector<std::uint64_t> MetricCells::total(SeriesId id, std::size_t cells) {
  std::vector<std::uint64_t> sums(cells);
  const std::lock_guard lock(mutex_);
  retired_->add_to(id, sums);
  shards_->for_each([&](const MetricShard& shard) { shard.add_to(id, sums); });
  return sums;
}

// The shards of the parent's other threads have locks that may be held for ever: they are dropped,
// not visited.
void MetricCells::reset() {
  retired_ = std::make_unique<MetricShard>();
  start_shards();
}

}  // namespace lift::detail
