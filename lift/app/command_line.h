#pragma once
// Flags of the command line and their environment variables.
//
// `--name value` or `--name=value`; a flag wins over its variable. `--help` prints what there is
// and ends the program.
// Thread-safety: none needed, used by main.
// Cost: at start only.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

struct Flag {
  std::string name;         ///< "--port"
  std::string variable;     ///< "LIFT_PORT", or "" for none
  std::string placeholder;  ///< "N"; "" for a flag without a value
  std::string help;
  /// Takes the value ("" for a flag without one); an error names the rule that it breaks.
  std::function<Result<>(const std::string& value)> set;
};

/// Reads a whole number within [low, high].
[[nodiscard]] Result<long> parse_number(std::string_view text, long low, long high);
/// Reads a duration such as 250ms, 30s, 5m, 1h.
[[nodiscard]] Result<long long> parse_duration_ns(std::string_view text);

/// Sets every flag that is given; unknown ones and bad values are problems.
[[nodiscard]] Problems parse_flags(std::span<const Flag> flags,
                                   std::span<const std::string> arguments,
                                   const std::function<const char*(const char*)>& environment);
[[nodiscard]] std::string flags_help(std::string_view program, std::span<const Flag> flags);

}  // namespace lift
