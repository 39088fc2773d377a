#pragma once
// How many cores this process may really use, and which control group it is in.
//
// Thread-safety: any thread.
// Cost: reads a few small files; at start only.

#include <filesystem>
#include <string>

namespace lift {

/// The smaller of the CPUs this thread may run on and the CPU quota of its cgroup (version 2, every
/// level up to the root, rounded up); at least 1. `proc` and `cgroups` are where procfs and the
/// cgroup tree are mounted.
[[nodiscard]] unsigned usable_cores(const std::filesystem::path& proc = "/proc",
                                    const std::filesystem::path& cgroups = "/sys/fs/cgroup");

/// Of the version 2 hierarchy, relative to where that is mounted; empty for its root, or without
/// one.
[[nodiscard]] std::string own_cgroup(const std::filesystem::path& proc = "/proc");

}  // namespace lift
