#pragma once
// Which route answers a method and a path.
//
// Patterns are those of route_pattern.h. Where several match a path, the first segment in which
// they differ decides, from the left: literal before `{name}` before `{name...}`. A route of
// another method does not stand in the way of one that has the method asked for. GET answers HEAD
// unless HEAD has its own route.
//
// A compressed tree of bytes (radix tree; Morrison 1968), so that routes share what they have in
// common. A match walks down it, and back where a literal led nowhere and a parameter is left to
// try. Bound: it looks at no node twice, and at no more than 2^k branches, where k counts the
// segments of the path at which the routes offer both a literal that fits and a parameter: in usual
// tables one or two.
//
// Thread-safety: any number of threads may match once the last add() is done.
// Cost: about 10 ns a
// segment, whatever the number of routes; no allocation.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/arena.h"
#include "lift/base/error.h"
#include "lift/chain/context.h"
#include "lift/chain/route_pattern.h"
#include "lift/http/method.h"

namespace lift {

/// A set of methods.
class MethodSet {
 public:
  constexpr MethodSet() = default;
  constexpr MethodSet(std::initializer_list<Method> methods) noexcept {
    for (const Method method : methods) insert(method);
  }
  constexpr void insert(Method method) noexcept { bits_ |= bit(method); }
  constexpr void insert(MethodSet other) noexcept { bits_ |= other.bits_; }
  [[nodiscard]] constexpr bool contains(Method method) const noexcept {
    return (bits_ & bit(method)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  /// Below 128, different for different sets.
  [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
  friend constexpr bool operator==(MethodSet, MethodSet) noexcept = default;

 private:
  static constexpr std::uint8_t bit(Method method) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(method));
  }
  std::uint8_t bits_ = 0;
};

/// The value of an Allow header, such as `GET, HEAD, OPTIONS`; it lives as long as the program.
/// Cost: about 2 ns.
[[nodiscard]] std::string_view allow_header(MethodSet methods);

/// What the caller knows a route by.
using RouteId = std::uint32_t;

struct RouteMatch {
  enum class Kind : std::uint8_t {
    found,
    not_found,           ///< no route has this path: 404
    method_not_allowed,  ///< some have, but none this method: 405, or the answer to OPTIONS
  };
  Kind kind = Kind::not_found;
  RouteId route = 0;        ///< if found
  std::size_t params = 0;   ///< if found: how many of `out` are filled
  MethodSet allowed;        ///< if not allowed: what is; OPTIONS always, HEAD wherever GET
  std::uint32_t steps = 0;  ///< nodes looked at: what this match cost
};

class Router {
 public:
  Router();

  /// Routes `method` on `pattern` to `id`. Errors: `bad_route` (see parse_pattern), and
  /// `route_conflict`, naming both, where a route of the same method matches the same paths
  /// (`/a/{x}` and `/a/{y}`).
  Result<> add(Method method, std::string_view pattern, RouteId id);

  /// `path` is Target::path(): decoded, an encoded slash being a NUL. Names in `out` live as long
  /// as this router is unchanged, values as long as `path`; a value that held an encoded slash has
  /// the NUL: see restore_slashes.
  [[nodiscard]] RouteMatch match(Method method, std::string_view path,
                                 std::span<PathParam, kMaxPathParams> out) const noexcept;

 private:
  class Walk;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  /// One edge of the tree and what hangs below it. Numbers are places in nodes_ and leaves_.
  struct Node {
    std::string label;
    std::string firsts;  // first byte of each child's label; inside the node for up to 15 children
    std::vector<std::uint32_t> children;
    std::uint32_t parameter = kNone;
    std::uint32_t rest = kNone;
    std::uint32_t leaf = kNone;
  };
  /// Where patterns of one shape end: the route of each method, as places in routes_.
  struct Leaf {
    Leaf() noexcept { routes.fill(kNone); }
    std::array<std::uint32_t, kMethodCount> routes;
    MethodSet methods;
  };
  struct Route {
    RouteId id;
    std::string pattern;
    std::vector<std::string> names;
  };

  std::uint32_t make_node(std::string_view label);
  std::uint32_t below(std::uint32_t node, const PatternPiece& piece);
  std::uint32_t below_literal(std::uint32_t node, std::string_view literal);
  void split(std::uint32_t node, std::size_t at);

  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;
  std::vector<Route> routes_;
};

/// `value` with its encoded slashes as '/': a copy in `arena` if it has any, else itself.
[[nodiscard]] std::string_view restore_slashes(std::string_view value, Arena& arena);

}  // namespace lift
