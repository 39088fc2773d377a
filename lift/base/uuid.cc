#include "lift/base/uuid.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lift {
namespace {

// Eight lower-case hex digits at once: a nibble to each byte, then to each its character.
void write_hex(std::uint32_t bits, char* out) noexcept {
  std::uint64_t x = bits;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  const std::uint64_t letters = (x + 0x0606060606060606) >> 4 & 0x0101010101010101;
  x += 0x3030303030303030 + letters * ('a' - '0' - 10);
  if constexpr (std::endian::native == std::endian::little) x = std::byteswap(x);
  std::memcpy(out, &x, sizeof x);
}

}  // namespace

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
