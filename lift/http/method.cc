#include "lift/http/method.h"

#include <array>
#include <cstddef>

namespace lift {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kMethodCount> kNames = {"GET",   "HEAD",   "POST",   "PUT",
                                                               "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view to_string(Method method) noexcept {
  return kNames[static_cast<std::size_t>(method)];
}

std::optional<Method> method_from(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Method>(i);
  }
  return std::nullopt;
}

}  // namespace lift
