#include "lift/base/uuid.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "lift/base/hex.h"

namespace lift {
void uuid_v7(WallTime now, Random& random, std::span<char, 36> out) noexcept {
  using std::chrono::milliseconds;
  const auto since_1970 = std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
  const auto stamp = static_cast<std::uint64_t>(std::max<std::int64_t>(since_1970, 0));
  const std::uint64_t high = stamp << 16 | 0x7000 | (random.next() & 0x0fff);
  const std::uint64_t low = std::uint64_t{2} << 62 | random.next() >> 2;

  char digits[32];
  write_hex(static_cast<std::uint32_t>(high >> 32), digits);
  write_hex(static_cast<std::uint32_t>(high), digits + 8);
  write_hex(static_cast<std::uint32_t>(low >> 32), digits + 16);
  write_hex(static_cast<std::uint32_t>(low), digits + 24);
  std::memset(out.data(), '-', out.size());
  std::memcpy(out.data(), digits, 8);
  std::memcpy(out.data() + 9, digits + 8, 4);
  std::memcpy(out.data() + 14, digits + 12, 4);
  std::memcpy(out.data() + 19, digits + 16, 4);
  std::memcpy(out.data() + 24, digits + 20, 12);
}

}  // namespace lift
