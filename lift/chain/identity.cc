#include "lift/chain/identity.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "lift/base/ascii.h"

namespace lift {

namespace {

constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    const char letter = static_cast<char>(c);
    table[c] = ascii::is_letter(letter) || ascii::is_digit(letter) ||
               std::string_view("._-").contains(letter);
  }
  return table;
}();

}  // namespace

bool valid_tenant_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 64) return false;
  bool good = ascii::is_letter(id.front()) || ascii::is_digit(id.front());
  for (const char c : id) good &= kAllowed[static_cast<unsigned char>(c)];
  return good;
}

}  // namespace lift
