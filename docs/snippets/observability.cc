// What docs/observability.md shows: a handler that tells what it does, and what is seen of it.
#include <cstdlib>

#include "lift/export/exporter.h"
#include "lift/observe/observe.h"
#include "lift/testing/sim_world.h"

// [snippet]
lift::Response charge(lift::Context& ctx) {
  ctx.annotate(lift::field("amount", 1250));  // on this request's line and span
  ctx.log().info("charging", lift::pan("card", "4111111111111111"));  // ************1111
  lift::Span write = ctx.span("ledger.write");  // a child span, ends with its scope
  write.set(lift::field("rows", 1));
  ctx.log("ledger").debug("written");  // not heard at level info; shown if the request fails
  return lift::text("charged");
}

lift::ObserveOptions options() {
  lift::ObserveOptions observe;
  observe.sampling.rate = {.ratio = 0.05, .reservoir = 1};  // one trace a second, 5 % of the rest
  observe.sampling.rules = {{.operation = "/health*", .rate = {.ratio = 0}}};
  observe.bodies.request = true;  // redacted by the names of their members, 1 KiB
  return observe;
}
// [/snippet]

namespace {

/// Counts what a record holds.
struct Seen final : lift::RecordBuffer::Reader {
  void request(const lift::RequestRead& record) override {
    fields += record.fields.size();
    lines += record.lines.size();
    spans += record.spans.size();
  }
  void line(const lift::LineReadAlone&) override {}
  std::size_t fields = 0;
  std::size_t lines = 0;
  std::size_t spans = 0;
};

}  // namespace

int main() {
  lift::SimWorld world;
  auto telemetry =
      std::make_shared<lift::Telemetry>(lift::TelemetryOptions{}, world.loop().clock());
  const auto observe = lift::Observe::make(options(), telemetry).value();
  const auto chain = lift::Chain::build("/charges", {lift::AnyLayer(observe)}, charge).value();
  world.get(chain, "/charges");
  Seen seen;
  telemetry->records().drain(seen, 1);
  return seen.fields == 1 && seen.lines == 1 && seen.spans == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
