// What it costs to judge a name, and to search text.
#include <array>

#include "benchmarks/bench.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

bench::Work names() {
  return [redactor = Redactor::make().value()](std::uint64_t times) {
    constexpr std::array<std::string_view, 8> kNames{
        "amount", "card_number", "status", "email", "orderId", "password", "name", "currency"};
    for (std::uint64_t i = 0; i < times; ++i) {
      std::string_view name = kNames[i % kNames.size()];
      bench::keep(name);
      bench::keep(redactor->classify(name));
    }
  };
}

bench::Work text(std::string_view message) {
  return [redactor = Redactor::make().value(), message](std::uint64_t times) {
    std::string out;
    for (; times > 0; --times) {
      out.clear();
      redactor->append_redacted_text(out, message);
      bench::keep(out.data());
    }
  };
}

bench::Work json() {
  return [redactor = Redactor::make().value()](std::uint64_t times) {
    constexpr std::string_view kBody =
        R"({"id":"pay_123","amount":1250,"currency":"EUR","card":{"number":"4111111111111111",)"
        R"("exp":"12/29"},"customer":{"name":"Bob","email":"bob@example.com"},"tags":["a","b"]})";
    std::string out;
    for (; times > 0; --times) {
      out.clear();
      redactor->append_redacted_json(out, kBody, 4096);
      bench::keep(out.data());
    }
  };
}

const bench::Row kName("redact.name", bench::Budget(60), names);
const bench::Row kText("redact.text", bench::Budget(250), [] {
  return text("charged 1250 EUR to order ord_81723 of customer cus_991, attempt 2 of 3");
});
const bench::Row kJson("redact.json", bench::Budget(2500), json);

}  // namespace
}  // namespace lift
