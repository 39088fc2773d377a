#include "lift/http/accept.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr int kFull = 1000;

// The weight among a range's parameters; full if there is none.
int weight_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    std::string_view value = ascii::trim(ascii::cut(parameters, ';'));
    if (ascii::same(ascii::cut(value, '='), "q")) return ascii::parse_weight(value);
  }
  return kFull;
}

// 3 for the type itself, 2 for its family, 1 for everything, 0 for no match.
int specificity(std::string_view range, std::string_view media_type) noexcept {
  if (ascii::same(range, media_type)) return 3;
  if (range == "*/*") return 1;
  if (!range.ends_with("/*")) return 0;
  const std::string_view family = range.substr(0, range.size() - 1);
  return ascii::same(family, media_type.substr(0, family.size())) ? 2 : 0;
}

}  // namespace

int quality(std::string_view accept, std::string_view media_type) noexcept {
  if (ascii::trim(accept).empty()) return kFull;
  int best = 0;
  int best_specificity = 0;
  while (!accept.empty()) {
    std::string_view parameters = ascii::cut(accept, ',');
    const int match = specificity(ascii::trim(ascii::cut(parameters, ';')), media_type);
    const int weight = weight_of(parameters);
    if (match == 0 || weight < 0 || match < best_specificity) continue;
    best = match > best_specificity ? weight : std::max(best, weight);
    best_specificity = match;
  }
  return best;
}

}  // namespace lift
