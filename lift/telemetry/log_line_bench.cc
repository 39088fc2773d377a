// What rendering a request's canonical line of twenty members costs.
#include <array>
#include <chrono>
#include <string>

#include "benchmarks/bench.h"
#include "lift/telemetry/log_line.h"

namespace lift {
namespace {

struct UsualRequest {
  UsualRequest() {
    view.start = WallTime(std::chrono::seconds(1'780'000'000));
    view.duration = std::chrono::microseconds(1234);
    view.trace.bytes = {0x67, 0x76, 0x12, 0x33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    view.span.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
    view.method = "GET";
    view.operation = "/v1/payments/{id}";
    view.path = "/v1/payments/0190b3a4";
    view.scheme = "https";
    view.status = 200;
    view.outcome = "success";
    view.request_id = "0190b3a4-1c2d-7e3f-8a4b-5c6d7e8f9a0b";
    view.tenant = "acme";
    view.user = "ann";
    view.client_address = "203.0.113.9";
    view.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    view.response_bytes = 512;
    view.fields = fields;
  }
  std::array<Field, 2> fields{field("amount", 1200), field("currency", "EUR")};
  RequestView view;
};

const bench::Row kLine("log.line", bench::Budget(300), [] {
  LogLineEncoder encoder({.service = "payments", .version = "1.2.3", .environment = "prod"});
  return bench::Work([encoder, out = std::string()](std::uint64_t times) mutable {
    const UsualRequest request;
    for (; times > 0; --times) {
      out.clear();
      encoder.request(out, request.view);
      bench::keep(out.size());
    }
  });
});

}  // namespace
}  // namespace lift
