// What encoding a request's server span costs.
#include <chrono>
#include <string>

#include "benchmarks/bench.h"
#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/telemetry/otlp.h"

namespace lift {
namespace {

const bench::Row kSpan("otlp.span", bench::Budget(1200), [] {
  const OtlpEncoder otlp(sample_resource());
  return bench::Work([otlp, batch = std::string()](std::uint64_t times) mutable {
    SampleRequest sample;
    sample.view.spans = {};
    for (; times > 0; --times) {
      batch.clear();
      otlp.spans(batch, sample.view);
      bench::keep(batch.size());
    }
  });
});

}  // namespace
}  // namespace lift
