#pragma once
// Threads for checks that block. A check that never returns must keep neither the others from
// running for ever nor the process from ending, so these threads are let go rather than waited for.
//
// Thread-safety: every function from any thread.
// Cost: a thread a check that blocks at the same time, `threads` at most; they end when they have
// had nothing to do for a while.

#include <cstddef>
#include <memory>

#include "lift/base/clock.h"
#include "lift/base/offload.h"

namespace lift::detail {

class CheckThreads final : public Workers {
 public:
  /// At most `queue` jobs wait.
  CheckThreads(unsigned threads, std::size_t queue);
  /// Drops what waits, and lets go what runs.
  ~CheckThreads() override;

  [[nodiscard]] bool submit(Job& job) noexcept override;
  /// Takes no more, drops what waits, and waits for what runs, `within` at most. How many still run
  /// then.
  std::size_t close(Duration within) noexcept;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace lift::detail
