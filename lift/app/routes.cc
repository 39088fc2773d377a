#include "lift/app/routes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lift {
namespace {

constexpr MethodSet kEveryMethod{Method::get,   Method::head, Method::post,   Method::put,
                                 Method::patch, Method::del,  Method::options};

std::string title(const Routes::Route& route) {
  return std::string(to_string(route.method)) + " " + route.pattern;
}

}  // namespace

bool Routes::declares(std::string_view pattern) const noexcept {
  return std::ranges::any_of(declared_,
                             [pattern](const Route& route) { return route.pattern == pattern; });
}

Problems Routes::build(const std::vector<AnyLayer>& app_layers, const ChainSettings& settings) {
  Problems problems;
  auto add = [&](const std::string& name, Result<Chain> chain) {
    if (chain) {
      chains_.push_back(std::move(*chain));
      titles_.push_back(name);
    } else {
      problems.add("route", name, chain.error().message);
    }
  };
  for (const Route& route : declared_) {
    std::vector<AnyLayer> layers = app_layers;
    layers.insert(layers.end(), route.layers.begin(), route.layers.end());
    const auto id = static_cast<RouteId>(chains_.size());
    if (const auto added = router_.add(route.method, route.pattern, id); !added) {
      problems.add("route", title(route), added.error().message);
      continue;
    }
    add(title(route),
        Chain::build(route.pattern, std::move(layers), route.handler, route.options, settings));
  }
  // Open to all: that a path does not exist is no secret, and a preflight carries no credentials.
  const RouteOptions open{.is_public = true};
  auto answer = [this](Context& ctx) { return unmatched(ctx); };
  add("unmatched", Chain::build("unmatched", app_layers, answer, open, settings));
  return problems;
}

const Chain& Routes::find(Context& ctx) const noexcept {
  std::array<PathParam, kMaxPathParams> params;
  const Request& request = ctx.request();
  const RouteMatch match = router_.match(request.method, request.target.path(), params);
  if (match.kind != RouteMatch::Kind::found) return chains_.back();
  for (std::size_t i = 0; i < match.params; ++i) {
    params[i].value = restore_slashes(params[i].value, ctx.arena());
  }
  ctx.set_params(std::span(params).first(match.params));
  return chains_[match.route];
}

Response Routes::unmatched(Context& ctx) const {
  const Request& request = ctx.request();
  std::array<PathParam, kMaxPathParams> params;
  RouteMatch match = router_.match(request.method, request.target.path(), params);
  if (request.target.asterisk())
    match = {.kind = RouteMatch::Kind::method_not_allowed, .allowed = kEveryMethod};
  if (match.kind == RouteMatch::Kind::not_found) {
    return not_found("There is nothing at this path").response(ctx.request_id());
  }
  const std::string_view allow = allow_header(match.allowed);
  if (request.method == Method::options) return no_content().with("allow", allow);
  return HttpError(405, "METHOD_NOT_ALLOWED", "This path does not answer this method")
      .header("allow", allow)
      .response(ctx.request_id());
}

std::string Routes::describe() const {
  std::string text;
  for (std::size_t i = 0; i < chains_.size(); ++i) {
    text += titles_[i] + ": " + chains_[i].describe() + "\n";
  }
  return text;
}

}  // namespace lift
