#include "lift/export/batch.h"

#include <utility>

namespace lift {

void Batch::keep(const std::vector<std::uint32_t>& indices) {
  if (indices.empty()) return clear();
  Batch kept;
  for (const std::uint32_t i : indices) {
    if (i < size()) kept.add(entry(i), time(i), items(i));
  }
  *this = std::move(kept);
}

}  // namespace lift
