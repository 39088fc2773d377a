// What it costs the exporter's loop to queue an encoded item, and to compress a batch.
#include <cstdint>
#include <memory>
#include <string>

#include "benchmarks/bench.h"
#include "lift/export/batch_queue.h"
#include "lift/telemetry/gzip.h"

namespace lift {
namespace {

/// 300 bytes, as a canonical line has.
std::string a_line(std::uint64_t number) {
  std::string line =
      R"({"timestamp":"2026-03-14T12:00:01.234Z","level":"INFO","message":"Request completed",)"
      R"("service":"payments","method":"POST","operation":"/v1/payments/{id}","status":201,)"
      R"("duration_ms":12.345,"tenant_id":"acme","trace_id":"67761233010203040506070809101112")";
  return line + R"(,"request_id":"req-)" + std::to_string(number) + R"(","outcome":"success"})";
}

bench::Work queueing() {
  struct Bed {
    SystemClock clock;
    DeliveryLedger ledger;
    BatchQueue queue{{.max_items = 512}, {}, ledger};
    std::string line = a_line(1);
  };
  return [bed = std::make_unique<Bed>()](std::uint64_t times) {
    for (; times > 0; --times) {
      bed->queue.push(bed->line, 1, WallTime{}, false, bed->clock);
      if (auto taken = bed->queue.take(Instant::min())) bed->queue.finished(std::move(*taken));
    }
  };
}

bench::Work compressing() {
  std::string batch;
  for (std::uint64_t i = 0; i < 512; ++i) batch += a_line(i);
  return
      [gzip = std::make_unique<Gzip>(), batch, out = std::string()](std::uint64_t times) mutable {
        for (; times > 0; --times) gzip->compress(batch, out);
        bench::keep(out.size());
      };
}

const bench::Row kQueue("export.queue", bench::Budget(100), queueing);
const bench::Row kGzip("export.gzip.512lines", bench::Budget(5'000'000), compressing);

}  // namespace
}  // namespace lift
