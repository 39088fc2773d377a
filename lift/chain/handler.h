#pragma once
// What answers a request, held without knowing its type: `Response(Context&)` or
// `Task<Response>(Context&)`.
//
// Thread-safety: one handler serves all loops at once, so its call operator is const.
// Cost: an
// indirect call and the move of the response.

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "lift/base/task.h"
#include "lift/http/response.h"

namespace lift {

class Context;

template <class F>
concept SyncHandler = requires(const F& f, Context& ctx) {
  { f(ctx) } -> std::same_as<Response>;
};

template <class F>
concept AsyncHandler = requires(const F& f, Context& ctx) {
  { f(ctx) } -> std::same_as<Task<Response>>;
};

class Handler {
 public:
  template <class F>
    requires(!std::same_as<F, Handler> && (SyncHandler<F> || AsyncHandler<F>))
  Handler(F function)  // NOLINT(google-explicit-constructor): a handler is written as a lambda
      : object_(std::make_shared<const F>(std::move(function))) {
    if constexpr (SyncHandler<F>) {
      sync_ = [](const void* object, Context& ctx, Response& out) {
        out = (*static_cast<const F*>(object))(ctx);
      };
    } else {
      async_ = [](const void* object, Context& ctx) {
        return (*static_cast<const F*>(object))(ctx);
      };
    }
  }

  [[nodiscard]] bool waits() const noexcept { return async_ != nullptr; }
  /// Runs a handler that does not wait; what it returns is moved into `out`.
  void answer(Context& ctx, Response& out) const { sync_(object_.get(), ctx, out); }
  /// Starts a handler that may wait.
  Task<Response> start(Context& ctx) const { return async_(object_.get(), ctx); }

 private:
  std::shared_ptr<const void> object_;
  void (*sync_)(const void*, Context&, Response&) = nullptr;
  Task<Response> (*async_)(const void*, Context&) = nullptr;
};

}  // namespace lift
