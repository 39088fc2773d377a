#pragma once
// A keyed hash of 64 bits: whoever does not know the key cannot choose what collides.
//
// Source: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), in its
// variant 1-3, one round a word and three at the end, as Rust's and Python's tables use it.
// Thread-safety: a pure function.
// Cost: about 5 ns and 1 ns for each 8 bytes.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lift {

struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

namespace detail {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace detail

[[nodiscard]] inline std::uint64_t sip_hash(const HashKey& key, std::string_view bytes) noexcept {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie");
  detail::SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
                         key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
  const char* at = bytes.data();
  std::uint64_t word = 0;
  for (std::size_t left = bytes.size() / 8; left > 0; --left, at += 8) {
    std::memcpy(&word, at, 8);
    state.absorb(word);
  }
  word = 0;
  if (const std::size_t rest = bytes.size() % 8; rest > 0) std::memcpy(&word, at, rest);
  state.absorb(word | std::uint64_t{bytes.size()} << 56);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace lift
