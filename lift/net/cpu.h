#pragma once
// How many cores this process may really use.
//
// Thread-safety: any thread.
// Cost: reads a few small files; at start only.

#include <filesystem>

namespace lift {

/// The smaller of the CPUs this thread may run on and the CPU quota of its cgroup (version 2, every
/// level up to the root, rounded up); at least 1. `proc` and `cgroups` are where procfs and the
/// cgroup tree are mounted.
[[nodiscard]] unsigned usable_cores(const std::filesystem::path& proc = "/proc",
                                    const std::filesystem::path& cgroups = "/sys/fs/cgroup");

}  // namespace lift
