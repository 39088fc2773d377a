#pragma once
// Where metrics count: each thread in cells of its own, which one who reads adds up.
//
// A series has a block of cells: a counter one, a histogram as many as its layout says, the first
// of which is then the bits of a double. What ended threads counted is kept in one more shard.

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "lift/base/per_thread.h"

namespace lift::detail {

using Cell = std::atomic<std::uint64_t>;
using SeriesId = std::uint32_t;

/// Only by the thread that owns the cell, or under the lock that stands for it.
inline void bump(Cell& cell, std::uint64_t by) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}
inline void bump_real(Cell& cell, double by) noexcept {
  const double before = std::bit_cast<double>(cell.load(std::memory_order_relaxed));
  cell.store(std::bit_cast<std::uint64_t>(before + by), std::memory_order_relaxed);
}

/// Adds the cells of one block to another of the same size.
void add_block(std::span<std::uint64_t> sums, std::span<const std::uint64_t> more) noexcept;
/// Takes them off.
void subtract_block(std::span<std::uint64_t> from, std::span<const std::uint64_t> less) noexcept;

/// The blocks of one thread. Blocks are added by the owner only, and under the mutex: so the owner
/// finds them without it, and others hold it to look.
class MetricShard {
 public:
  MetricShard() = default;
  MetricShard(const MetricShard&) = delete;
  MetricShard& operator=(const MetricShard&) = delete;

  /// Null if there is none yet.
  [[nodiscard]] Cell* find(SeriesId id) const noexcept {
    return id < count_ ? entries_[id].cells : nullptr;
  }
  /// The block of `id`, made if there is none.
  [[nodiscard]] Cell* obtain(SeriesId id, std::size_t cells);

  using Visit = std::function<void(SeriesId, std::span<const Cell>)>;
  void visit(const Visit& visit) const;
  /// Adds the block of `id`, if any, to `sums`.
  void add_to(SeriesId id, std::span<std::uint64_t> sums) const;

 private:
  struct Entry {
    Cell* cells = nullptr;
    std::size_t size = 0;
  };
  [[nodiscard]] Cell* take(std::size_t cells);

  mutable std::mutex mutex_;
  const Entry* entries_ = nullptr;  // table_.data() and size(), one load less away
  std::size_t count_ = 0;
  std::vector<Entry> table_;
  std::vector<std::unique_ptr<Cell[]>> blocks_;
  Cell* shared_ = nullptr;  // the next free cell of a block that small series share
  std::size_t shared_left_ = 0;
};

class MetricCells {
 public:
  MetricCells();

  /// Calls `write` with this thread's block of `id`, which has `cells` cells.
  template <class Write>
  void write(SeriesId id, std::size_t cells, Write write) noexcept {
    const MetricShard* const shard = shards_->peek();
    Cell* const block = shard == nullptr ? nullptr : shard->find(id);
    if (block == nullptr) [[unlikely]]
      return write_first(id, cells, write);
    write(block);
  }

  /// The sums of all threads, by series; a series that nobody wrote to has an empty block.
  [[nodiscard]] std::vector<std::vector<std::uint64_t>> totals(std::size_t series);
  [[nodiscard]] std::vector<std::uint64_t> total(SeriesId id, std::size_t cells);

  /// Around a fork, so that no other thread holds the lock when it happens.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  /// Forgets everything, in the child of a fork, with the lock held.
  void reset();

 private:
  // Apart, so that the usual path saves no registers.
  template <class Write>
  [[gnu::noinline]] void write_first(SeriesId id, std::size_t cells, Write write) noexcept {
    if (MetricShard* const shard = shards_->mine()) return write(shard->obtain(id, cells));
    const std::lock_guard lock(mutex_);  // the thread is being taken down
    write(retired_->obtain(id, cells));
  }
  void start_shards();
  void retire_ended();

  // Taken before the lock inside shards_. With it held no shard is retired, so that what is read is
  // neither missed nor counted twice.
  std::mutex mutex_;
  std::unique_ptr<MetricShard> retired_;
  std::optional<PerThread<MetricShard>> shards_;  // never none
};

}  // namespace lift::detail
