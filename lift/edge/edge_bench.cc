// What the edge layer adds to a request: with the client's id, and with a fresh one.
#include "benchmarks/chain_bed.h"
#include "lift/edge/edge.h"

namespace lift {
namespace {

Result<bench::Figures> edge(const std::function<void(Request&)>& fill, double budget) {
  return bench::added_by({AnyLayer(Edge::make().value())}, fill, budget);
}

const bench::Row kGiven("edge.given_id", "ns", [] {
  return edge(
      [](Request& r) { r.headers.add("x-request-id", "0190b3a4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"); },
      100);
});
const bench::Row kFresh("edge.fresh_id", "ns", [] { return edge([](Request&) {}, 150); });

}  // namespace
}  // namespace lift
