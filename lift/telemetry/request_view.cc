#include "lift/telemetry/request_view.h"

#include <array>

namespace lift {

std::string_view to_string(LogLevel level) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"DEBUG", "INFO", "WARN", "ERROR", "OFF"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(Kept kept) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"", "head", "error", "slow", "armed"};
  return kNames[static_cast<std::size_t>(kept)];
}

}  // namespace lift
