#pragma once
// What a policy may be called in metrics and logs.
//
// Thread-safety: pure functions.
// Cost: at start only.

#include <algorithm>
#include <string>
#include <string_view>

#include "lift/base/ascii.h"
#include "lift/base/error.h"

namespace lift::detail {

inline void check_policy_name(Problems& problems, std::string_view name) {
  const auto legal = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view("._-").contains(c);
  };
  if (!name.empty() && name.size() <= 64 && std::ranges::all_of(name, legal)) return;
  problems.add("name", std::string(name), "must be 1 to 64 letters, digits, '.', '_' and '-'");
}

}  // namespace lift::detail
