#include "lift/base/uuid.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lift {

void uuid_v7(WallTime now, Random& random, std::span<char, 36> out) noexcept {
  using std::chrono::milliseconds;
  const auto since_1970 = std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
  const auto stamp = static_cast<std::uint64_t>(std::max<std::int64_t>(since_1970, 0));
  const std::uint64_t high = stamp << 16 | 0x7000 | (random.next() & 0x0fff);
  const std::uint64_t low = std::uint64_t{2} << 62 | random.next() >> 2;

  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) out[at++] = '-';
    const std::uint64_t half = nibble < 16 ? high : low;
    out[at++] = kHex[half >> (60 - nibble % 16 * 4) & 15];
  }
}

}  // namespace lift
