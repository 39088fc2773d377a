#include "lift/base/error.h"

namespace lift {

void Problems::add_all(std::string_view prefix, const Problems& nested) {
  for (const Problem& p : nested.list_) add(std::string(prefix) + "." + p.field, p.value, p.rule);
}

std::string Problems::text() const {
  std::string out;
  for (const Problem& p : list_) {
    if (!out.empty()) out += '\n';
    out += p.field + ": value \"" + p.value + "\" " + p.rule;
  }
  return out;
}

Result<> Problems::as_result() const {
  if (empty()) return {};
  return fail("bad_configuration", text());
}

}  // namespace lift
