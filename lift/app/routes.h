#pragma once
// The routes of an app: declared one by one, then built into chains and a router.
//
// Thread-safety: declared by one thread; once built, any number of loops may find().
// Cost: find
// about 50 ns.

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/chain/chain.h"
#include "lift/chain/context.h"
#include "lift/chain/handler.h"
#include "lift/chain/layer.h"
#include "lift/chain/route_options.h"
#include "lift/chain/router.h"
#include "lift/http/method.h"

namespace lift {

class Routes {
 public:
  struct Route {
    Method method;
    std::string pattern;
    Handler handler;
    RouteOptions options;
    std::vector<AnyLayer> layers;  ///< inside the app's, outermost first
  };
  void declare(Route route) { declared_.push_back(std::move(route)); }

  /// Whether a route has just this pattern.
  [[nodiscard]] bool declares(std::string_view pattern) const noexcept;

  /// Makes a chain for every route and for what no route matches; reports every problem at once.
  Problems build(const std::vector<AnyLayer>& app_layers, const ChainSettings& settings);

  /// The chain for the request in `ctx`, whose path parameters are set; a 404 or 405 chain where no
  /// route is.
  [[nodiscard]] const Chain& find(Context& ctx) const noexcept;

  /// One line a chain: `GET /payments/{id}: edge > identify > [handler]`.
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] Response unmatched(Context& ctx) const;

  std::vector<Route> declared_;
  Router router_;
  std::vector<std::string> titles_;  // of the chains: a route that was refused has none
  std::deque<Chain> chains_;         // by RouteId; the last one is for what no route matches
};

}  // namespace lift
