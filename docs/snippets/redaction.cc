// What docs/redaction.md shows: what is left of a body, a query, a message and a field.
#include <cstdlib>
#include <iostream>

#include "lift/telemetry/redaction.h"

namespace {

// [snippet]
std::string what_is_shown() {
  const auto redactor =
      lift::Redactor::make({.also = {"merchant_ref"}, .never = {"authorization_id"}}).value();
  std::string out;
  redactor->append_redacted_json(
      out, R"({"amount":12,"card":{"number":4111111111111111},"customer":{"email":"a@b.c"}})",
      4096);
  out += '\n';
  redactor->append_redacted_query(out, "page=2&user%5Fpassword=x&merchantRef=7");
  out += '\n';
  redactor->append_redacted_text(out, "declined 4111 1111 1111 1111, token=abc");
  return out;
}

constexpr std::string_view kShown =
    R"({"amount":12,"card":"[REDACTED]","customer":{"email":"[REDACTED]"}})"
    "\n"
    "page=2&user%5Fpassword=REDACTED&merchantRef=REDACTED"
    "\n"
    "declined ************1111, token=[REDACTED]";
// [/snippet]

bool fields_are_typed() {
  const auto redactor = lift::Redactor::make().value();
  lift::Arena arena;
  const auto shown = [&](const lift::Field& field) {
    return std::string(redactor->redact_field(field, arena).text());
  };
  return shown(lift::pan("paid_with", "4111111111111111")) == "************1111" &&
         shown(lift::pii("ward", "7b")) == "[REDACTED]" && shown(lift::field("ward", "7b")) == "7b";
}

}  // namespace

int main() {
  std::cout << what_is_shown() << '\n';
  return what_is_shown() == kShown && fields_are_typed() ? EXIT_SUCCESS : EXIT_FAILURE;
}
