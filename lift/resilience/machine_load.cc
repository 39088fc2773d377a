#include "lift/resilience/machine_load.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/base/cpu.h"

namespace lift {
namespace {

/// Empty if it cannot be read; no file that is read here is larger.
std::string contents(const std::filesystem::path& path) {
  constexpr std::size_t kMost = 64 * 1024;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMost, '\0');
  file.read(text.data(), kMost);
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// What follows `name` at the beginning of a line.
template <class Number = std::uint64_t>
std::optional<Number> named(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = ascii::cut(text, '\n');
    if (line.starts_with(name)) return number<Number>(line.substr(name.size()));
  }
  return std::nullopt;
}

/// "some avg10=1.23 avg60=…": as a share.
std::optional<double> stall(const std::string& pressure) {
  const auto percent = named<double>(pressure, "some avg10=");
  if (!percent) return std::nullopt;
  return std::clamp(*percent / 100, 0.0, 1.0);
}

}  // namespace

CgroupLoad::CgroupLoad()
    : CgroupLoad({.cgroup = std::filesystem::path("/sys/fs/cgroup") / own_cgroup(),
                  .cores = usable_cores()}) {}

CgroupLoad::CgroupLoad(Paths paths) : paths_(std::move(paths)) {}

MachineLoad CgroupLoad::read(Instant now) {
  std::optional<double> stalled = stall(contents(paths_.cgroup / "memory.pressure"));
  if (!stalled) stalled = stall(contents(paths_.proc / "pressure" / "memory"));
  return {.cpu = cpu(now), .memory = memory(), .memory_stall = stalled};
}

std::optional<double> CgroupLoad::cpu(Instant now) {
  const auto used = named(contents(paths_.cgroup / "cpu.stat"), "usage_usec ");
  if (!used) return std::nullopt;
  const std::optional<std::uint64_t> before = std::exchange(used_before_, used);
  const Duration passed = now - std::exchange(read_before_, now);
  if (!before || passed <= Duration::zero() || *used < *before) return std::nullopt;
  // "200000 100000": so many microseconds in so many; "max 100000": as many as there are.
  std::string text = contents(paths_.cgroup / "cpu.max");
  std::string_view rest = text;
  const auto quota = number<std::uint64_t>(ascii::cut(rest, ' '));
  const auto period = number<std::uint64_t>(rest);
  double cores = paths_.cores;
  if (quota && period && *period > 0) {
    cores = std::min(cores, static_cast<double>(*quota) / static_cast<double>(*period));
  }
  const double seconds = static_cast<double>(*used - *before) / 1e6;
  const double passed_seconds = std::chrono::duration<double>(passed).count();
  return std::clamp(seconds / (passed_seconds * std::max(cores, 0.01)), 0.0, 1.0);
}

std::optional<double> CgroupLoad::memory() const {
  const auto most = number<std::uint64_t>(contents(paths_.cgroup / "memory.max"));
  const auto used = number<std::uint64_t>(contents(paths_.cgroup / "memory.current"));
  if (most && used && *most > 0) {
    // What was read from files and not lately used is given back before anything is missing.
    const auto idle = named(contents(paths_.cgroup / "memory.stat"), "inactive_file ").value_or(0);
    const std::uint64_t held = *used > idle ? *used - idle : 0;
    return std::clamp(static_cast<double>(held) / static_cast<double>(*most), 0.0, 1.0);
  }
  const std::string machine = contents(paths_.proc / "meminfo");
  const auto total = named(machine, "MemTotal:");
  const auto available = named(machine, "MemAvailable:");
  if (!total || !available || *total == 0 || *available > *total) return std::nullopt;
  return 1 - static_cast<double>(*available) / static_cast<double>(*total);
}

}  // namespace lift
