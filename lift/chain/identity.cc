#include "lift/chain/identity.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift {

bool valid_tenant_id(std::string_view id) noexcept {
  const auto alphanumeric = [](char c) { return ascii::is_letter(c) || ascii::is_digit(c); };
  const auto allowed = [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  return !id.empty() && id.size() <= 64 && alphanumeric(id.front()) &&
         std::ranges::all_of(id, allowed);
}

}  // namespace lift
