// A deadline armed and cancelled again, as on every request that is answered in time, among 10,000
// others.
#include "lift/base/timers.h"

#include <memory>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/base/random.h"

namespace lift {
namespace {

using std::chrono::milliseconds;

struct Wheel {
  static constexpr Instant kStart{milliseconds(1000)};
  static void ignore(Timer&) noexcept {}

  Wheel() {
    SeededRandom random(1);
    for (const auto& timer : others) {
      timers.arm(*timer, kStart + milliseconds(1 + random.below(60'000)));
    }
  }
  static std::vector<std::unique_ptr<Timer>> make_others() {
    std::vector<std::unique_ptr<Timer>> out(10'000);
    for (auto& timer : out) timer = std::make_unique<Timer>(&ignore);
    return out;
  }

  Timers timers{kStart};
  std::vector<std::unique_ptr<Timer>> others = make_others();
  Timer deadline{&ignore};
};

bench::Work arming() {
  return [wheel = std::make_unique<Wheel>()](std::uint64_t times) {
    for (; times > 0; --times) {
      wheel->timers.arm(wheel->deadline, Wheel::kStart + milliseconds(30'000 + (times & 1023)));
      bench::keep(wheel->deadline.armed());
      wheel->deadline.cancel();
    }
  };
}

const bench::Row kArmCancel("timers.arm_cancel", bench::Budget(20), arming);

}  // namespace
}  // namespace lift
