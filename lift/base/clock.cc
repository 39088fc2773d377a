#include "lift/base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "lift/base/detail/tick_clock.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace lift {
namespace {

std::int64_t ns_of(clockid_t id) noexcept {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec at{};
  clock_gettime(id, &at);
  return at.tv_sec * kSecond + at.tv_nsec;
}

constinit thread_local detail::TickClock<> tick_clock;

}  // namespace

namespace detail {

bool TickSource::usable() noexcept {
#ifdef __x86_64__
  constexpr unsigned kPowerManagement = 0x8000'0007;
  constexpr unsigned kInvariant = 1U << 8;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(kPowerManagement, &a, &b, &c, &d) == 0 || (d & kInvariant) == 0) return false;
  constexpr auto* kSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  std::FILE* file = std::fopen(kSource, "re");
  if (file == nullptr) return false;
  std::array<char, 16> name{};
  const std::size_t read = std::fread(name.data(), 1, name.size(), file);
  std::fclose(file);
  const std::string_view source(name.data(), read);
  return source == "tsc\n" || source == "kvm-clock\n";
#else
  return false;
#endif
}

std::uint64_t TickSource::ticks() noexcept {
#ifdef __x86_64__
  return __rdtsc();
#else
  return 0;
#endif
}

std::int64_t TickSource::kernel() noexcept { return ns_of(CLOCK_MONOTONIC); }

}  // namespace detail

Instant SystemClock::now() const noexcept {
  static const bool by_ticks = detail::TickSource::usable();
  return Instant(Duration(by_ticks ? tick_clock.now() : ns_of(CLOCK_MONOTONIC)));
}

Instant SystemClock::coarse() const noexcept {
  return Instant(Duration(ns_of(CLOCK_MONOTONIC_COARSE)));
}

WallTime SystemClock::coarse_wall() const noexcept {
  return WallTime(Duration(ns_of(CLOCK_REALTIME_COARSE)));
}

WallTime SystemClock::wall() const noexcept {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace lift
