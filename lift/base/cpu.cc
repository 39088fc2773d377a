#include "lift/base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace lift {
namespace {

namespace fs = std::filesystem;

unsigned allowed_cores() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

/// Cores of one level's "quota period"; `most` where it is "max", missing or nonsense.
unsigned quota_cores(const fs::path& file, unsigned most) {
  std::ifstream in(file);
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(in >> quota >> period) || quota <= 0 || period <= 0) return most;
  const std::int64_t cores = quota / period + (quota % period != 0 ? 1 : 0);
  return static_cast<unsigned>(std::min<std::int64_t>(cores, most));
}

}  // namespace

std::string own_cgroup(const fs::path& proc) {
  std::ifstream file(proc / "self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return "";
}

unsigned usable_cores(const fs::path& proc, const fs::path& cgroups) {
  unsigned cores = allowed_cores();
  fs::path group = fs::path(own_cgroup(proc)).lexically_normal();
  while (true) {
    cores = quota_cores(cgroups / group / "cpu.max", cores);
    if (group.empty()) return cores;
    group = group.parent_path();
  }
}

}  // namespace lift
