#pragma once
// Ranges of options, told as problems.

#include <chrono>
#include <concepts>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift::detail {

inline void check_range(Problems& problems, const char* field, std::unsigned_integral auto value,
                        std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return;
  problems.add(field, std::to_string(value),
               "must be from " + std::to_string(least) + " to " + std::to_string(most));
}

inline void check_range(Problems& problems, const char* field, Duration value, Duration least,
                        Duration most) {
  if (value >= least && value <= most) return;
  const auto ms = [](Duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           " ms";
  };
  problems.add(field, ms(value), "must be from " + ms(least) + " to " + ms(most));
}

}  // namespace lift::detail
