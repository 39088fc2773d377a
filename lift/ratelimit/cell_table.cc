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

}  // namespace lift
