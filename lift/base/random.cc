#include "lift/base/random.h"

#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace lift {
namespace {

__extension__ using Wide = unsigned __int128;

// Counts forks in this process's line: a child sees another number than its parent and drops
// inherited blocks.
std::atomic<std::uint64_t> fork_generation{0};

void watch_forks() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { fork_generation.fetch_add(1); });
  if (registered != 0) std::abort();
}

struct Block {
  std::array<std::uint64_t, 512> words;
  std::size_t used = 512;
  std::uint64_t generation = 0;

  void refill() noexcept {
    auto* at = reinterpret_cast<char*>(words.data());
    std::size_t left = sizeof words;
    while (left > 0) {
      const ssize_t got = getrandom(at, left, 0);
      if (got < 0) {
        if (errno == EINTR) continue;
        std::abort();  // without a CSPRNG no id, token or key can be trusted
      }
      at += got;
      left -= static_cast<std::size_t>(got);
    }
    used = 0;
  }
};

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) noexcept {
  if (bound == 0) return 0;
  auto product = static_cast<Wide>(next()) * bound;
  auto low = static_cast<std::uint64_t>(product);
  if (low < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (low < threshold) {
      product = static_cast<Wide>(next()) * bound;
      low = static_cast<std::uint64_t>(product);
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

void Random::fill(std::span<std::byte> out) noexcept {
  while (!out.empty()) {
    const std::uint64_t word = next();
    const std::size_t n = out.size() < sizeof word ? out.size() : sizeof word;
    std::memcpy(out.data(), &word, n);
    out = out.subspan(n);
  }
}

SeededRandom::SeededRandom(std::uint64_t seed) noexcept {
  for (auto& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededRandom::next() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t SecureRandom::next() noexcept {
  watch_forks();
  thread_local Block block;
  const std::uint64_t generation = fork_generation.load(std::memory_order_relaxed);
  if (block.used == block.words.size() || block.generation != generation) {
    block.generation = generation;
    block.refill();
  }
  return block.words[block.used++];
}

}  // namespace lift
