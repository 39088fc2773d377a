#include "lift/client/client_options.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift {

using namespace std::chrono_literals;

OutcomeKind classify_answer(int status, const Headers& headers) noexcept {
  if (status < 400) return OutcomeKind::success;
  if (status == 429) return OutcomeKind::overload;
  if (status == 503 && headers.contains("retry-after")) return OutcomeKind::overload;
  return status >= 500 ? OutcomeKind::failure : OutcomeKind::ignored;
}

namespace {

bool is_name(std::string_view text) noexcept {
  const auto legal = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view("._-").contains(c);
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, legal);
}

std::string milliseconds(Duration time) { return std::to_string(time / 1ms) + " ms"; }

}  // namespace

Problems HedgeOptions::validate() const {
  using namespace std::chrono_literals;
  Problems problems;
  if (!(quantile >= 0.5 && quantile <= 0.999)) {
    problems.add("quantile", std::to_string(quantile), "must be 0.5 to 0.999");
  }
  if (minimum < 1ms || minimum > 10s) {
    problems.add("minimum", std::to_string(minimum / 1ms) + " ms", "must be 1 ms to 10 s");
  }
  if (!(extra >= 0.001 && extra <= 0.2)) {
    problems.add("extra", std::to_string(extra), "must be 0.001 to 0.2");
  }
  return problems;
}

Problems ClientOptions::validate() const {
  Problems problems;
  if (!is_name(name)) {
    problems.add("name", name, "must be 1 to 64 letters, digits, '.', '_' and '-'");
  }
  if (timeout < 1ms || timeout > 24h) {
    problems.add("timeout", milliseconds(timeout), "must be from 1 ms to 24 h");
  }
  if (attempt_timeout < 1ms || attempt_timeout > timeout) {
    problems.add("attempt_timeout", milliseconds(attempt_timeout),
                 "must be from 1 ms to `timeout`");
  }
  if (classifier == nullptr) problems.add("classifier", "", "must be a function");
  problems.add_all("upstream", upstream.validate());
  if (retry) problems.add_all("retry", retry->validate());
  if (hedge) problems.add_all("hedge", hedge->validate());
  if (bulkhead) problems.add_all("bulkhead", bulkhead->validate());
  if (breaker) problems.add_all("breaker", breaker->validate());
  problems.add_all("http", http.validate());
  return problems;
}

}  // namespace lift
