#pragma once
// How busy the machine, or the part of it that this process may use, is: CPU and memory of the
// control group, as Kubernetes and systemd limit them, and how long work stalls for want of them.
//
// Source: Linux' Documentation/admin-guide/cgroup-v2.rst and accounting/psi.rst.
// Thread-safety: read() by one thread at a time.
// Cost: read() opens a few small files, some 100 µs: never on a loop.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "lift/base/clock.h"

namespace lift {

/// Shares between 0 and 1; absent where nobody knows.
struct MachineLoad {
  std::optional<double> cpu;           ///< of what may be used, since the last reading
  std::optional<double> memory;        ///< in use and not given back by itself
  std::optional<double> memory_stall;  ///< of the last 10 s in which something waited for memory
};

class LoadSource {
 public:
  virtual ~LoadSource() = default;
  [[nodiscard]] virtual MachineLoad read(Instant now) = 0;
};

/// Of this process' control group (version 2); of the whole machine where a limit is not set.
class CgroupLoad final : public LoadSource {
 public:
  struct Paths {
    std::filesystem::path cgroup;  ///< of the process
    std::filesystem::path proc = "/proc";
    unsigned cores = 1;  ///< where there is no quota
  };
  /// Where this process is.
  CgroupLoad();
  explicit CgroupLoad(Paths paths);

  [[nodiscard]] MachineLoad read(Instant now) override;

 private:
  [[nodiscard]] std::optional<double> cpu(Instant now);
  [[nodiscard]] std::optional<double> memory() const;

  Paths paths_;
  std::optional<std::uint64_t> used_before_;  // microseconds of CPU
  Instant read_before_{};
};

}  // namespace lift
