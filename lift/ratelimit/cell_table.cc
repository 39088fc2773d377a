#include "lift/ratelimit/cell_table.h"

#include <algorithm>
#include <bit>

namespace lift {

CellTable::CellTable(std::size_t keys)
    : mask_(std::bit_ceil(std::max(keys, kWays)) / kWays - 1),
      sets_(std::make_unique<Set[]>(mask_ + 1)),
      overflow_(std::make_unique<Word[]>(mask_ + 1)),
      parts_(std::make_unique<Part[]>(kParts)) {}

CellTable::~CellTable() = default;

bool CellTable::restore(std::uint64_t key, std::uint64_t word) noexcept {
  if (key <= kChanging) return false;
  Set& set = set_of(key);
  for (std::size_t way = 0; way < kWays; ++way) {
    const std::uint64_t there = set.keys.at[way].load(std::memory_order_relaxed);
    if (there != kFree && there != key) continue;
    if (there == kFree) places_.fetch_add(1, std::memory_order_relaxed);
    set.words.at[way].store(word, std::memory_order_relaxed);
    set.keys.at[way].store(key, std::memory_order_release);
    return true;
  }
  return false;
}

}  // namespace lift
