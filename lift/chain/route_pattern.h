#pragma once
// The pattern of a route, such as `/payments/{id}/refunds` or `/files/{path...}`, taken apart.
//
// A segment is wholly literal or wholly a parameter. `{name}` stands for one segment of at least
// one byte; `{name...}`, last only, for all that is left of the path, slashes included, again at
// least one byte. Literals are written decoded
// (`/a b`, not `/a%20b`). Empty segments and a trailing slash are literal: `/a` and `/a/` are two
// patterns.
//
// Thread-safety: a pure function.
// Cost: allocates; for start-up.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

namespace lift {

/// Longest pattern in bytes.
inline constexpr std::size_t kMaxPatternBytes = 1024;

struct PatternPiece {
  enum class Kind : std::uint8_t {
    literal,    ///< `text` stands in the path as it is, slashes included
    parameter,  ///< one segment, named `text`
    rest,       ///< the rest of the path, named `text`
  };
  Kind kind = Kind::literal;
  std::string text;
};

/// The pieces from left to right; no two literals are neighbours. Errors: `bad_route`, naming the
/// pattern, the segment and the rule: starts with '/', at most 1024 bytes; segments as above, none
/// `.` or `..` (no path has them); no control characters, '?', '#' or %XX; names match
/// [A-Za-z_][A-Za-z0-9_]* and differ; at most 16 parameters.
[[nodiscard]] Result<std::vector<PatternPiece>> parse_pattern(std::string_view pattern);

}  // namespace lift
