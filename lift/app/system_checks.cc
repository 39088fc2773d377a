#include "lift/app/system_checks.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

namespace lift {
namespace {

namespace fs = std::filesystem;

struct Usage {
  double used = 0;
  double of = 0;
};

CheckResult judge(const std::optional<Usage>& usage, const UsageLimits& limits,
                  std::string_view code) {
  if (!usage || usage->of <= 0) return CheckResult::fail("unreadable");
  const double share = usage->used / usage->of;
  const std::string name(code);
  if (share >= limits.fail) return CheckResult::fail(name).measured(share, "1");
  if (share >= limits.warn) return CheckResult::warn(name).measured(share, "1");
  return CheckResult::pass().measured(share, "1");
}

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0;
  if (!(in >> value)) return std::nullopt;  // "max", too
  return value;
}

/// The value behind `name` in lines of "name value" or "name: value kB".
std::optional<double> named_in(const fs::path& file, std::string_view name) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with(name)) continue;
    const std::string rest = line.substr(name.size());
    if (rest.empty() || (rest.front() != ' ' && rest.front() != ':')) continue;
    const auto digits = rest.find_first_of("0123456789");
    if (digits == std::string::npos) return std::nullopt;
    const double value = std::stod(rest.substr(digits));
    return rest.ends_with("kB") ? value * 1024 : value;
  }
  return std::nullopt;
}

/// Of one level of the cgroup tree; nothing where it sets no limit.
std::optional<Usage> level_usage(const fs::path& group) {
  const auto limit = number_in(group / "memory.max");
  const auto current = number_in(group / "memory.current");
  if (!limit || !current) return std::nullopt;
  const double cache = named_in(group / "memory.stat", "inactive_file").value_or(0);
  return Usage{.used = std::max(*current - cache, 0.0), .of = *limit};
}

fs::path own_group(const fs::path& proc) {
  std::ifstream in(proc / "self/cgroup");
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with("0::/")) return fs::path(line.substr(4)).lexically_normal();
  }
  return {};
}

std::optional<Usage> memory_usage(const fs::path& proc, const fs::path& cgroups) {
  std::optional<Usage> worst;
  for (fs::path group = own_group(proc);; group = group.parent_path()) {
    const auto here = level_usage(cgroups / group);
    if (here && (!worst || here->used * worst->of > worst->used * here->of)) worst = here;
    if (group.empty()) break;
  }
  if (worst) return worst;
  const auto total = named_in(proc / "meminfo", "MemTotal");
  const auto available = named_in(proc / "meminfo", "MemAvailable");
  if (!total || !available) return std::nullopt;
  return Usage{.used = *total - *available, .of = *total};
}

std::optional<Usage> disk_usage(const fs::path& path) {
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (error) return std::nullopt;
  const auto used = static_cast<double>(space.capacity - space.free);
  return Usage{.used = used, .of = used + static_cast<double>(space.available)};
}

std::optional<Usage> descriptor_usage() {
  rlimit limit{};
  std::error_code error;
  fs::directory_iterator at("/proc/self/fd", error);
  if (error || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  double open = -1;  // the one that reads the folder
  for (; at != fs::directory_iterator(); at.increment(error)) {
    if (error) return std::nullopt;
    ++open;
  }
  return Usage{.used = open, .of = static_cast<double>(limit.rlim_cur)};
}

Result<> valid(const CheckOptions& options, const UsageLimits& limits) {
  Problems problems = options.validate();
  problems.add_all("limits", limits.validate());
  return problems.as_result();
}

}  // namespace

Problems UsageLimits::validate() const {
  Problems problems;
  if (!(warn >= 0 && warn <= fail)) {
    problems.add("warn", std::to_string(warn), "must be from 0 to `fail`");
  }
  if (!(fail >= 0 && fail <= 1)) {
    problems.add("fail", std::to_string(fail), "must be from 0 to 1");
  }
  return problems;
}

Result<Check> memory_check(CheckOptions options, UsageLimits limits, fs::path proc,
                           fs::path cgroups) {
  if (auto ok = valid(options, limits); !ok) return std::unexpected(ok.error());
  return blocking_check(std::move(options),
                        [limits, proc = std::move(proc), cgroups = std::move(cgroups)] {
                          return judge(memory_usage(proc, cgroups), limits, "memory_high");
                        });
}

Result<Check> disk_check(CheckOptions options, fs::path path, UsageLimits limits) {
  if (auto ok = valid(options, limits); !ok) return std::unexpected(ok.error());
  return blocking_check(std::move(options), [limits, path = std::move(path)] {
    return judge(disk_usage(path), limits, "disk_full");
  });
}

Result<Check> descriptor_check(CheckOptions options, UsageLimits limits) {
  if (auto ok = valid(options, limits); !ok) return std::unexpected(ok.error());
  return blocking_check(std::move(options),
                        [limits] { return judge(descriptor_usage(), limits, "descriptors_high"); });
}

}  // namespace lift
