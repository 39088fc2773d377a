// Redaction of JSON, queries and text: what is shown is bounded, JSON stays JSON, and nothing of a
// value under a sensitive name is seen.
#include <string>

#include "fuzz/model_check.h"
#include "lift/telemetry/redaction.h"

namespace {

using lift::fuzz::require;

constexpr std::string_view kCanary =
    "\x01"
    "canary\x02";
constexpr std::size_t kGrowth = 10;

const lift::Redactor& redactor() {
  static const auto made = lift::Redactor::make().value();
  return *made;
}

std::string json(std::string_view text, std::size_t limit) {
  std::string out;
  redactor().append_redacted_json(out, text, limit);
  return out;
}

void check_json(std::string_view text) {
  constexpr std::size_t kLimit = 100;
  const std::string whole = json(text, std::string::npos);
  require(json(text, kLimit).size() <= kLimit + 14 || whole.starts_with("[NOT JSON]"));
  if (whole.starts_with("[NOT JSON]")) return;
  // Control characters grow to six, those that are no UTF-8 to three.
  require(whole.size() <= kGrowth * (text.size() + 1));
  require(!json(whole, std::string::npos).starts_with("[NOT JSON]"));
  const std::string under = "{\"a\":[{\"password\":[\"canary\"," + std::string(text) + "]}]}";
  require(json(under, std::string::npos) == R"({"a":[{"password":"[REDACTED]"}]})");
}

void check_text(std::string_view text) {
  std::string out;
  redactor().append_redacted_text(out, text);
  require(out.size() <= kGrowth * (text.size() + 1));
  out.clear();
  redactor().append_redacted_query(out, text);
  require(out.size() <= kGrowth * (text.size() + 1));
  std::string query = "token=";
  query += kCanary;
  query += '&';
  query += text;
  out.clear();
  redactor().append_redacted_query(out, query);
  require(text.contains("canary") || !out.contains("canary"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_json(text);
  check_text(text);
  (void)redactor().classify(text);
  return 0;
}
