#pragma once
// Chance as a parameter.
//
// Thread-safety: SeededRandom belongs to one thread; SecureRandom may be shared.
// Cost: SeededRandom
// about 1 ns, SecureRandom about 4 ns amortised (4 KiB at a time, and one getrandom(2) a MiB and
// thread).

#include <array>
#include <cstdint>
#include <span>

namespace lift {

class Random {
 public:
  virtual ~Random() = default;
  /// 64 uniformly distributed bits.
  virtual std::uint64_t next() noexcept = 0;

  /// Uniform in [0, 1).
  double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform in [0, bound), without bias (Lemire 2019). `bound` 0 gives 0.
  std::uint64_t below(std::uint64_t bound) noexcept;
  void fill(std::span<std::byte> out) noexcept;
};

/// xoshiro256** (Blackman and Vigna 2018), seeded through SplitMix64: the same seed gives the same
/// run.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept;
  std::uint64_t next() noexcept override;

 private:
  std::array<std::uint64_t, 4> state_;
};

/// ChaCha20 keyed by the kernel's CSPRNG, in blocks kept per thread, with fast key erasure
/// (Bernstein 2017); a forked child never repeats its parent's numbers.
class SecureRandom final : public Random {
 public:
  std::uint64_t next() noexcept override;
};

}  // namespace lift
