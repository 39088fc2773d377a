// The router against a matcher that tries every route: random tables, random paths.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/random.h"
#include "lift/chain/router.h"

namespace lift {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view path) {
  Words words;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t next = path.find('/', at + 1);
    words.emplace_back(path.substr(at + 1, next - at - 1));
    at = next;
  }
  return words;
}

enum class Kind : std::uint8_t { literal, parameter, rest };

Kind kind_of(std::string_view word) {
  if (word.ends_with("...}")) return Kind::rest;
  return word.starts_with('{') ? Kind::parameter : Kind::literal;
}

std::string name_of(std::string_view word) {
  return std::string(word.substr(1, word.find_first_of(".}") - 1));
}

struct ModelRoute {
  Method method;
  Words words;
};

/// `x=1 y=2` if the words of a path are those of a route, else nothing.
std::optional<std::string> fit(const Words& route, const Words& path) {
  std::string out;
  for (std::size_t i = 0; i < route.size(); ++i) {
    if (i >= path.size()) return std::nullopt;
    const Kind kind = kind_of(route[i]);
    if (kind == Kind::literal && route[i] != path[i]) return std::nullopt;
    if (kind == Kind::literal) continue;
    std::string value = path[i];
    if (kind == Kind::rest) {
      for (std::size_t k = i + 1; k < path.size(); ++k) value += "/" + path[k];
    }
    if (value.empty()) return std::nullopt;
    out += " " + name_of(route[i]) + "=" + value;
    if (kind == Kind::rest) return out;
  }
  if (route.size() != path.size()) return std::nullopt;
  return out;
}

bool same_shape(const Words& a, const Words& b) {
  return std::ranges::equal(a, b, [](const std::string& x, const std::string& y) {
    return kind_of(x) == kind_of(y) && (kind_of(x) != Kind::literal || x == y);
  });
}

bool precedes(const Words& a, const Words& b) {
  return std::ranges::lexicographical_compare(a, b, {}, kind_of, kind_of);
}

class Model {
 public:
  bool add(Method method, std::string_view pattern) {
    Words words = split(pattern);
    for (const ModelRoute& route : routes_) {
      if (route.method == method && same_shape(route.words, words)) return false;
    }
    routes_.push_back({method, std::move(words)});
    return true;
  }

  [[nodiscard]] std::string ask(Method method, std::string_view path) const {
    const Words words = split(path);
    const ModelRoute* best = nullptr;
    MethodSet allowed;
    for (const ModelRoute& route : routes_) {
      if (!fit(route.words, words)) continue;
      allowed.insert(route.method);
      const bool stands_in = method == Method::head && route.method == Method::get;
      if (route.method != method && !stands_in) continue;
      // A route's own HEAD goes before the GET of the same shape, of which it is no worse a fit.
      if (best == nullptr || precedes(route.words, best->words) ||
          (!precedes(best->words, route.words) && !stands_in)) {
        best = &route;
      }
    }
    if (best != nullptr) return std::to_string(best - routes_.data()) + *fit(best->words, words);
    return allowed.empty() ? "404" : "405 " + std::to_string(completed(allowed).bits());
  }

 private:
  static MethodSet completed(MethodSet allowed) {
    if (allowed.contains(Method::get)) allowed.insert(Method::head);
    allowed.insert(Method::options);
    return allowed;
  }
  std::vector<ModelRoute> routes_;
};

std::string ask(const Router& router, Method method, std::string_view path) {
  std::array<PathParam, kMaxPathParams> params;
  const RouteMatch match = router.match(method, path, params);
  if (match.kind == RouteMatch::Kind::not_found) return "404";
  if (match.kind == RouteMatch::Kind::method_not_allowed) {
    return "405 " + std::to_string(match.allowed.bits());
  }
  std::string out = std::to_string(match.route);
  for (std::size_t i = 0; i < match.params; ++i) {
    out.append(" ").append(params[i].name).append("=").append(params[i].value);
  }
  return out;
}

constexpr std::array kWords = {"a", "b", "ab", "abc", "abd", "", "b\xc3\xa4", "aa"};

std::string random_pattern(Random& random) {
  std::string pattern;
  const std::uint64_t words = 1 + random.below(5);
  for (std::uint64_t i = 0; i < words; ++i) {
    const std::uint64_t dice = random.below(10);
    const std::string name = static_cast<char>('p' + random.below(3)) + std::to_string(i);
    if (dice == 0) return pattern + "/{" + name + "...}";
    pattern +=
        dice < 5 ? "/{" + name + "}" : std::string("/") + kWords[random.below(kWords.size())];
  }
  return pattern;
}

std::string random_path(Random& random) {
  std::string path;
  const std::uint64_t words = 1 + random.below(6);
  for (std::uint64_t i = 0; i < words; ++i) {
    path += '/';
    path += kWords[random.below(kWords.size())];
    if (random.below(20) == 0) path += '\0';
  }
  return path;
}

Method random_method(Random& random) { return static_cast<Method>(random.below(kMethodCount)); }

TEST(RouterModelTest, AgreesWithTryingEveryRoute) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    Router router;
    Model model;
    RouteId id = 0;
    for (std::uint64_t i = 1 + random.below(40); i > 0; --i) {
      const Method method = random_method(random);
      const std::string pattern = random_pattern(random);
      const bool fresh = model.add(method, pattern);
      ASSERT_EQ(router.add(method, pattern, id).has_value(), fresh) << seed << pattern;
      if (fresh) ++id;
    }
    for (int i = 0; i < 40; ++i) {
      const Method method = random_method(random);
      const std::string path = random_path(random);
      ASSERT_EQ(ask(router, method, path), model.ask(method, path)) << "seed " << seed << path;
    }
  }
}

}  // namespace
}  // namespace lift
