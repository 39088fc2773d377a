#include "lift/base/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

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

/// Bytes of the kernel's CSPRNG.
void from_kernel(std::span<std::uint8_t> out) noexcept {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // without a CSPRNG no id, token or key can be trusted
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

constexpr std::size_t kKey = 32 + 16;  // ChaCha20's key, counter and nonce, as OpenSSL takes them
constexpr std::size_t kWords = 512;
constexpr int kRefillsOfAKey = 256;

struct Block {
  std::array<std::uint64_t, kWords> words{};
  std::size_t used = kWords;
  std::uint64_t generation = 0;
  int refills_left = 0;
  std::array<std::uint8_t, kKey> key{};

  void refill() noexcept;
};
constinit thread_local Block block;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

/// The key's stream is the next key and then the words: who reads this memory learns nothing of
/// what was drawn before.
void Block::refill() noexcept {
  watch_forks();
  const std::uint64_t now = fork_generation.load(std::memory_order_relaxed);
  if (refills_left == 0 || generation != now) {
    from_kernel(key);
    refills_left = kRefillsOfAKey;
    generation = now;
  }
  --refills_left;
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> cipher(EVP_CIPHER_CTX_new());
  std::array<std::uint8_t, kKey + sizeof(words)> stream{};
  int size = 0;
  const bool good =
      cipher != nullptr &&
      EVP_EncryptInit_ex2(cipher.get(), EVP_chacha20(), key.data(), key.data() + 32, nullptr) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), stream.data(), &size, stream.data(), stream.size()) == 1;
  if (!good) std::abort();
  std::memcpy(key.data(), stream.data(), kKey);
  std::memcpy(words.data(), stream.data() + kKey, sizeof(words));
  OPENSSL_cleanse(stream.data(), stream.size());
  used = 0;
}

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
  if (block.used == kWords || block.generation != fork_generation.load(std::memory_order_relaxed)) {
    block.refill();
  }
  return std::exchange(block.words[block.used++], 0);
}

}  // namespace lift
