// What the deadline layer adds to a request whose caller says nothing of time, timer armed and
// cancelled.
#include "benchmarks/chain_bed.h"
#include "lift/resilience/deadline.h"

namespace lift {
namespace {

const bench::Row kCheck("deadline.check", "ns", [] {
  return bench::added_by(
      {AnyLayer(Deadline::make().value())}, [](Request& r) { r.headers.add("accept", "*/*"); }, 5);
});

}  // namespace
}  // namespace lift
