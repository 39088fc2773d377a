// What the deadline layer costs a request whose caller says nothing of time: the decision alone,
// and with the timer that it arms.
#include "benchmarks/chain_bed.h"
#include "lift/resilience/deadline.h"

namespace lift {
namespace {

/// Sets the same deadline without a thought.
struct Always {
  static constexpr std::string_view kName = "always";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.limit_deadline(ctx.start() + std::chrono::seconds(30));
    return Verdict::proceed;
  }
};

void accept_all(Request& request) { request.headers.add("accept", "*/*"); }

bench::Sample with(AnyLayer layer) {
  return bench::sample(bench::serving({std::move(layer)}, accept_all));
}

const bench::Row kCheck("deadline.check", "ns", []() -> Result<bench::Figures> {
  const bench::Sample always = with(AnyLayer(std::make_shared<Always>()));
  const bench::Sample deadline = with(AnyLayer(Deadline::make().value()));
  return bench::Figures{.value = deadline.ns - always.ns, .allocs = deadline.allocs, .budget = 5};
});
const bench::Row kLayer("deadline.layer", "ns", [] {
  return bench::added_by({AnyLayer(Deadline::make().value())}, accept_all, 15);
});

}  // namespace
}  // namespace lift
