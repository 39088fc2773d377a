#pragma once
// What flags are made of: a way to read a value and a place to keep it.
//
// Thread-safety: pure functions. Cost: at start only.

#include <string>
#include <utility>

#include "lift/app/command_line.h"
#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift::detail {

/// A flag whose value is parsed by `parse` and kept by `keep`.
template <class Parse, class Keep>
Flag flag(std::string name, std::string variable, std::string placeholder, std::string help,
          Parse parse, Keep keep) {
  auto set = [parse, keep](const std::string& value) -> Result<> {
    auto parsed = parse(value);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    keep(std::move(*parsed));
    return {};
  };
  return Flag{std::move(name), std::move(variable), std::move(placeholder), std::move(help),
              std::move(set)};
}

inline auto number(long low, long high) {
  return [low, high](const std::string& text) { return parse_number(text, low, high); };
}

inline Result<Duration> duration(const std::string& text) {
  const auto nanos = parse_duration_ns(text);
  if (!nanos) return std::unexpected(nanos.error());
  return Duration(*nanos);
}

inline Result<std::string> any_text(const std::string& text) { return text; }

}  // namespace lift::detail
