#include "lift/chain/router.h"

#include <algorithm>
#include <utility>

namespace lift {
namespace {

constexpr std::size_t kMethodSets = std::size_t{1} << kMethodCount;

std::string render_allow(std::size_t bits) {
  std::string out;
  for (int i = 0; i < kMethodCount; ++i) {
    if ((bits >> i & 1U) == 0) continue;
    if (!out.empty()) out += ", ";
    out += to_string(static_cast<Method>(i));
  }
  return out;
}

}  // namespace

std::string_view allow_header(MethodSet methods) {
  static const auto kRendered = [] {
    std::array<std::string, kMethodSets> all;
    for (std::size_t bits = 0; bits < kMethodSets; ++bits) all[bits] = render_allow(bits);
    return all;
  }();
  return kRendered[methods.bits()];
}

std::string_view restore_slashes(std::string_view value, Arena& arena) {
  if (!value.contains('\0')) return value;
  const std::span<char> out = arena.bytes(value.size());
  std::ranges::replace_copy(value, out.begin(), '\0', '/');
  return {out.data(), out.size()};
}

Router::Router() { nodes_.emplace_back(); }

std::uint32_t Router::make_node(std::string_view label) {
  nodes_.emplace_back().label = label;
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

Result<> Router::add(Method method, std::string_view pattern, RouteId id) {
  const auto pieces = parse_pattern(pattern);
  if (!pieces) return std::unexpected(pieces.error());
  Route route{id, std::string(pattern), {}};
  std::uint32_t at = 0;
  for (const PatternPiece& piece : *pieces) {
    if (piece.kind != PatternPiece::Kind::literal) route.names.push_back(piece.text);
    at = below(at, piece);
  }
  if (nodes_[at].leaf == kNone) {
    nodes_[at].leaf = static_cast<std::uint32_t>(leaves_.size());
    leaves_.emplace_back();
  }
  Leaf& leaf = leaves_[nodes_[at].leaf];
  std::uint32_t& taken = leaf.routes[static_cast<std::size_t>(method)];
  if (taken != kNone) {
    return fail("route_conflict", std::string(to_string(method)) + " \"" + route.pattern +
                                      "\" matches the same paths as \"" + routes_[taken].pattern +
                                      "\", which is routed already");
  }
  taken = static_cast<std::uint32_t>(routes_.size());
  leaf.methods.insert(method);
  routes_.push_back(std::move(route));
  return {};
}

std::uint32_t Router::below(std::uint32_t node, const PatternPiece& piece) {
  if (piece.kind == PatternPiece::Kind::literal) return below_literal(node, piece.text);
  const auto child = piece.kind == PatternPiece::Kind::rest ? &Node::rest : &Node::parameter;
  if (nodes_[node].*child == kNone) {
    const std::uint32_t made = make_node({});
    nodes_[node].*child = made;
  }
  return nodes_[node].*child;
}

std::uint32_t Router::below_literal(std::uint32_t node, std::string_view literal) {
  while (!literal.empty()) {
    const std::size_t branch = nodes_[node].firsts.find(literal.front());
    if (branch == std::string::npos) {
      const std::uint32_t made = make_node(literal);
      nodes_[node].firsts += literal.front();
      nodes_[node].children.push_back(made);
      return made;
    }
    node = nodes_[node].children[branch];
    const std::string& label = nodes_[node].label;
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(label, literal).in1 - label.begin());
    if (common < label.size()) split(node, common);
    literal.remove_prefix(common);
  }
  return node;
}

/// Cuts a node's label in two: it keeps its place and the first `at` bytes, a new child takes all
/// the rest.
void Router::split(std::uint32_t node, std::size_t at) {
  Node lower = std::move(nodes_[node]);
  Node upper;
  upper.label = lower.label.substr(0, at);
  lower.label.erase(0, at);
  upper.firsts = lower.label.front();
  upper.children.push_back(static_cast<std::uint32_t>(nodes_.size()));
  nodes_[node] = std::move(upper);
  nodes_.push_back(std::move(lower));
}

/// One match under way.
class Router::Walk {
 public:
  Walk(const Router& router, Method method, std::span<PathParam, kMaxPathParams> out) noexcept
      : router_(router), method_(method), out_(out) {}

  /// True when a route below `number` answers `path` and the method. `params` values are in `out_`
  /// so far.
  bool enter(std::uint32_t number, std::string_view path, std::size_t params) noexcept {
    const Node& node = router_.nodes_[number];
    ++result.steps;
    if (!path.starts_with(node.label)) return false;
    path.remove_prefix(node.label.size());
    if (path.empty()) return arrive(node, params);
    const std::size_t branch = node.firsts.find(path.front());
    if (branch != std::string::npos && enter(node.children[branch], path, params)) return true;
    if (node.parameter != kNone && enter_parameter(node.parameter, path, params)) return true;
    if (node.rest == kNone) return false;
    out_[params].value = path;
    return arrive(router_.nodes_[node.rest], params + 1);
  }

  RouteMatch result;

 private:
  bool enter_parameter(std::uint32_t number, std::string_view path, std::size_t params) noexcept {
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty()) return false;
    out_[params].value = segment;
    return enter(number, path.substr(segment.size()), params + 1);
  }

  bool arrive(const Node& node, std::size_t params) noexcept {
    if (node.leaf == kNone) return false;
    const Leaf& leaf = router_.leaves_[node.leaf];
    std::uint32_t place = leaf.routes[static_cast<std::size_t>(method_)];
    if (place == kNone && method_ == Method::head) {
      place = leaf.routes[static_cast<std::size_t>(Method::get)];
    }
    if (place == kNone) {
      result.allowed.insert(leaf.methods);
      return false;
    }
    const Route& route = router_.routes_[place];
    for (std::size_t i = 0; i < params; ++i) out_[i].name = route.names[i];
    result.kind = RouteMatch::Kind::found;
    result.route = route.id;
    result.params = params;
    return true;
  }

  const Router& router_;
  Method method_;
  std::span<PathParam, kMaxPathParams> out_;
};

RouteMatch Router::match(Method method, std::string_view path,
                         std::span<PathParam, kMaxPathParams> out) const noexcept {
  Walk walk(*this, method, out);
  if (walk.enter(0, path, 0)) {
    walk.result.allowed = {};
    return walk.result;
  }
  MethodSet& allowed = walk.result.allowed;
  if (allowed.empty()) return walk.result;
  if (allowed.contains(Method::get)) allowed.insert(Method::head);
  allowed.insert(Method::options);
  walk.result.kind = RouteMatch::Kind::method_not_allowed;
  return walk.result;
}

}  // namespace lift
