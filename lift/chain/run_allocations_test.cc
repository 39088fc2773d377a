#include <gtest/gtest.h>

#include "lift/chain/run.h"
#include "lift/testing/allocations.h"
#include "lift/testing/recorder.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// A carrier that answers at once and runs the same request again and again.
class Wheel final : private Carrier {
 public:
  explicit Wheel(Loop& loop) : loop_(loop), run_(loop, *this) {}
  void turn(const Chain& chain) {
    run_.reset();
    run_.start(chain, {.now = loop_.clock().now()});
  }
  int status = 0;

 private:
  bool want_body(Run&) noexcept override { return true; }
  void commit(Run& run, Response& response) noexcept override {
    status = response.status;
    run.sent(Delivery::complete);
  }
  void finished(Run&) noexcept override {}

  Loop& loop_;
  Run run_;
};

struct Bracket {
  static constexpr std::string_view kName = "bracket";
  struct Slot {
    std::uint64_t words[8] = {};
  };
  static Verdict enter(Context& ctx, Slot& slot) {
    slot.words[0] = 1;
    ctx.limit_deadline(ctx.start() + 1s);
    return Verdict::proceed;
  }
  static void leave(Context& ctx, Slot&, const Outcome&) noexcept {
    ctx.response().headers.set("x-seen", "1");
  }
  static void end(Context&, Slot&, const Outcome&) noexcept {}
};

std::uint64_t allocations_of_the_second(const Chain& chain, SimWorld& world) {
  Wheel wheel(world.loop());
  for (int i = 0; i < 3; ++i) {
    wheel.turn(chain);
    world.settle();
  }
  const AllocationCounter counter;
  wheel.turn(chain);
  world.settle();
  EXPECT_EQ(wheel.status, 200);
  return counter.count();
}

// Where a sanitizer owns the allocator nothing is counted, and these only run the code.
class RunAllocations : public testing::Test {
 protected:
  SimWorld world;
};

TEST_F(RunAllocations, ARequestThatDoesNotWaitAllocatesNothing) {
  const auto chain = Chain::build("/", {AnyLayer(std::make_shared<Bracket>())},
                                  [](Context&) { return text("hi"); });
  EXPECT_EQ(allocations_of_the_second(*chain, world), 0U);
}

TEST_F(RunAllocations, ARequestThatWaitsAllocatesNothingOnceWarm) {
  const auto chain = Chain::build("/", {AnyLayer(std::make_shared<Bracket>())},
                                  [](Context& ctx) -> Task<Response> {
                                    co_await ctx.sleep(0ms);
                                    co_return text("hi");
                                  });
  EXPECT_EQ(allocations_of_the_second(*chain, world), 0U);
}

}  // namespace
}  // namespace lift
