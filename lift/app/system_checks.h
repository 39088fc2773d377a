#pragma once
// Health checks of what the process lives on: memory, disk, file descriptors.
//
// Each warns and fails at a share that is used, 0 to 1, the warning at or below the failure.
// Thread-safety: pure functions.
// Cost: some small files read, or a system call, each run, on a thread of the health's pool.

#include <filesystem>
#include <optional>

#include "lift/base/error.h"
#include "lift/health/check.h"

namespace lift {

struct UsageLimits {
  double warn = 0.8;
  double fail = 0.95;

  [[nodiscard]] Problems validate() const;
};

/// Memory that is used of the limit of the process's cgroup (version 2, every level), file cache
/// that the kernel can drop not counted; where there is no limit, of the machine's. Codes:
/// `memory_high`, `unreadable`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> memory_check(CheckOptions options, UsageLimits limits = {},
                                         std::filesystem::path proc = "/proc",
                                         std::filesystem::path cgroups = "/sys/fs/cgroup");

/// Space that is used on the file system of `path`, as an unprivileged process sees it. Codes:
/// `disk_full`, `unreadable`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> disk_check(CheckOptions options, std::filesystem::path path,
                                       UsageLimits limits = {});

/// File descriptors that are open, of as many as the process may. Codes: `descriptors_high`,
/// `unreadable`. Error: `bad_configuration`.
[[nodiscard]] Result<Check> descriptor_check(CheckOptions options, UsageLimits limits = {});

}  // namespace lift
