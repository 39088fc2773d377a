// The life of a request without server: what eight brackets that do nothing add to a chain, and the
// chain without any.
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/chain/run.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

template <char Name>
struct Empty {
  static constexpr char kText[] = {'e', '_', Name};
  static constexpr std::string_view kName{kText, sizeof kText};
  struct Slot {
    int value = 0;
  };
  Verdict enter(Context&, Slot&) { return Verdict::proceed; }
  void leave(Context&, Slot&, const Outcome&) noexcept {}
  void end(Context&, Slot&, const Outcome&) noexcept {}
};

/// Has every body and delivers at once.
struct Instantly final : Carrier {
  bool want_body(Run&) noexcept override { return true; }
  void commit(Run& run, Response&) noexcept override { run.sent(Delivery::complete); }
  void finished(Run&) noexcept override {}
};

template <char... Names>
std::vector<AnyLayer> layers() {
  return {AnyLayer(std::make_shared<Empty<Names>>())...};
}

struct Bed {
  explicit Bed(std::vector<AnyLayer> layers)
      : chain(Chain::build("/", std::move(layers), [](Context&) { return Response(); }).value()) {}

  SimWorld world;
  Instantly carrier;
  Chain chain;
  Run run{world.loop(), carrier};
};

bench::Work serving(std::vector<AnyLayer> layers) {
  return [bed = std::make_unique<Bed>(std::move(layers))](std::uint64_t times) {
    for (; times > 0; --times) {
      bed->run.start(bed->chain, {.now = bed->world.now()});
      bench::keep(bed->run.context().response().status);
      bed->run.reset();
    }
  };
}

bench::Work without_layers() { return serving({}); }

Result<bench::Figures> eight_brackets() {
  const bench::Sample none = bench::sample(without_layers());
  const bench::Sample eight =
      bench::sample(serving(layers<'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'>()));
  return bench::Figures{.value = eight.ns - none.ns, .allocs = eight.allocs, .budget = 60.0};
}

const bench::Row kEmpty0("chain.empty0", bench::Budget(150), without_layers);
const bench::Row kEmpty8("chain.empty8", "ns", eight_brackets);

}  // namespace
}  // namespace lift
