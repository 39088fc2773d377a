#pragma once
// A store for shared limits on virtual time, which can be as bad as a real one.
//
//   SimLimitStore store(world.loop());
//   store.faults.ambiguous = 0.1;   // one answer in ten is lost, written or not
//   LimitOptions tenants = per_tenant(quota);
//   tenants.sharing = LimitSharing{.store = share(store)};
//
// A write costs one unit, whether its condition holds or not, as in DynamoDB.
// Thread-safety: belongs to its loop.
// Cost: for tests.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lift/base/loop.h"
#include "lift/ratelimit/limit_store.h"

namespace lift {

class SimLimitStore final : public LimitStore {
 public:
  struct Faults {
    Duration fastest = std::chrono::milliseconds(3);  ///< a round trip takes from here
    Duration slowest = std::chrono::milliseconds(8);  ///< to here
    double ambiguous = 0;  ///< of the answers, that are lost; half of those were written
    double per_item = 0;   ///< writes a second of one item; more are throttled. 0: any number
    bool away = false;     ///< refuses connections
    bool silent = false;   ///< answers nothing
    std::optional<Duration> clock = {};  ///< how far its own is off; absent: does not tell
  };
  explicit SimLimitStore(Loop& loop, std::uint64_t seed = 1) noexcept
      : loop_(loop), random_(seed) {}

  [[nodiscard]] Loop& loop() noexcept override { return loop_; }
  [[nodiscard]] bool one_truth() const noexcept override { return one_region; }
  Task<Result<LimitWritten>> write(const LimitWrite& write) override;

  Faults faults;
  bool one_region = true;
  std::map<std::string, LimitItem> items;  ///< may be changed by hand

  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
  [[nodiscard]] std::uint64_t not_applied() const noexcept { return not_applied_; }

 private:
  struct Partition {
    double left = 0;
    Instant at{};
  };
  [[nodiscard]] bool throttles(const std::string& key);
  [[nodiscard]] LimitWritten apply(const LimitWrite& write);

  Loop& loop_;
  SeededRandom random_;
  std::map<std::string, Partition> partitions_;
  std::uint64_t writes_ = 0;
  std::uint64_t not_applied_ = 0;
};

/// For options that want to own it: `store` must outlive whoever has this.
[[nodiscard]] inline std::shared_ptr<LimitStore> share(SimLimitStore& store) noexcept {
  return {std::shared_ptr<void>(), &store};
}

}  // namespace lift
