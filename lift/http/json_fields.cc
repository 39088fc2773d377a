#include <algorithm>
#include <stdexcept>

#include "lift/http/json.h"

namespace lift::detail {

void prepare_json(const JsonType& type) {
  std::vector<const JsonType*> types{&type};
  for (std::size_t next = 0; next < types.size(); ++next) {
    const auto add = [&](const JsonType* within) {
      if (std::ranges::find(types, within) == types.end()) types.push_back(within);
    };
    const JsonType& each = *types[next];
    if (each.inner != nullptr) add(each.inner);
    if (each.fields == nullptr) continue;
    for (const JsonField& field : each.fields()) add(field.type);
  }
}

void check_fields(const JsonFields& fields) {
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const JsonRules& rules = field->rules;
    const bool possible = rules.signed_range.least <= rules.signed_range.most &&
                          rules.unsigned_range.least <= rules.unsigned_range.most &&
                          rules.number_range.least <= rules.number_range.most &&
                          rules.min_length <= rules.max_length;
    if (!possible) {
      throw std::logic_error("field \"" + field->name + "\": no value can meet its rules");
    }
    if (std::ranges::count(fields, field->name, &JsonField::name) > 1) {
      throw std::logic_error("field \"" + field->name + "\" is described twice");
    }
  }
}

}  // namespace lift::detail
