#pragma once
// Typed JSON handlers: a function from a described struct to a described struct, as a Handler.
//
//   app.post("/payments", lift::json([](lift::Context& ctx, Charge in) { return charge(ctx, in);
//   }));
//
// The function takes (Context&, In) and returns Out, std::expected<Out, HttpError>, or a Task of
// one of these. Out is a described struct (or whatever else JSON can hold), sent as 200
// application/json, or a Response, sent as it is. An error is answered as if it had been thrown.
// Before the function runs, the request is refused with 400 PARAMETER_ERROR if its body is empty,
// 415 UNSUPPORTED_MEDIA_TYPE if its Content-Type is neither application/json nor ends in +json,
// and as from_json() says if the body does not fit In.
// Thread-safety: the function serves all loops at once, so its call operator is const.
// Cost: reading and writing JSON; a handler that does not wait needs no frame.

#include <concepts>
#include <expected>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "lift/base/task.h"
#include "lift/chain/context.h"
#include "lift/http/json.h"

namespace lift {

/// 200 application/json with `value` as its body.
template <class T>
[[nodiscard]] Response json_response(const T& value) {
  return json_text(to_json(value));
}

namespace detail {

/// Why the request's body cannot be read as JSON at all, looking at its headers and size alone.
std::optional<HttpError> refuse_json(const Request& request);

/// In of a function `R(Context&, In)`; deduced for function pointers and call operators that are
/// not templates.
template <class F>
struct JsonInput : JsonInput<decltype(&F::operator())> {};
template <class R, class In>
struct JsonInput<R (*)(Context&, In)> {
  using Type = std::remove_cvref_t<In>;
};
template <class R, class In>
struct JsonInput<R (*)(Context&, In) noexcept> : JsonInput<R (*)(Context&, In)> {};
template <class R, class F, class In>
struct JsonInput<R (F::*)(Context&, In) const> : JsonInput<R (*)(Context&, In)> {};
template <class R, class F, class In>
struct JsonInput<R (F::*)(Context&, In) const noexcept> : JsonInput<R (*)(Context&, In)> {};

/// Takes Task and std::expected off what a function returns.
template <class R>
struct JsonOutput {
  static constexpr bool kWaits = false;
  static constexpr bool kFails = false;
  using Type = R;
};
template <class R>
struct JsonOutput<std::expected<R, HttpError>> {
  static constexpr bool kWaits = false;
  static constexpr bool kFails = true;
  using Type = R;
};
template <class R>
struct JsonOutput<Task<R>> {
  static constexpr bool kWaits = true;
  static constexpr bool kFails = JsonOutput<R>::kFails;
  using Type = typename JsonOutput<R>::Type;
};

/// Deduction found `In`, or it was given.
template <class F>
concept JsonDeducible = requires { typename JsonInput<F>::Type; };

inline Response json_error(const Context& ctx, const HttpError& error) {
  if (!error.cause().empty()) throw error;  // the chain's edge is where causes reach the log
  return error.response(ctx.request_id());
}

template <class R>
Response json_answer(const Context& ctx, R&& result) {
  using Result = std::remove_cvref_t<R>;
  if constexpr (std::same_as<Result, Response>) {
    return std::forward<R>(result);
  } else if constexpr (JsonOutput<Result>::kFails) {
    if (!result) return json_error(ctx, result.error());
    return json_answer(ctx, *std::forward<R>(result));
  } else {
    return json_response(result);
  }
}

template <class In, class F>
class JsonFunction {
  using Output = JsonOutput<std::invoke_result_t<const F&, Context&, In>>;
  using Out = typename Output::Type;
  static_assert(
      std::same_as<Out, Response> || JsonValue<Out>,
      "the function must return a Response, or a struct with `static void "
      "describe(lift::Fields<S>&)`, or a std::expected<…, lift::HttpError> or Task of it");

 public:
  explicit JsonFunction(F function) : function_(std::move(function)) {
    prepare_json(kJsonType<In>);
    if constexpr (JsonValue<Out>) prepare_json(kJsonType<Out>);
  }

  Response operator()(Context& ctx) const
    requires(!Output::kWaits)
  {
    std::expected<In, HttpError> in = read(ctx.request());
    if (!in) return json_error(ctx, in.error());
    return json_answer(ctx, std::invoke(function_, ctx, *std::move(in)));
  }

  Task<Response> operator()(Context& ctx) const
    requires(Output::kWaits)
  {
    std::expected<In, HttpError> in = read(ctx.request());
    if (!in) co_return json_error(ctx, in.error());
    auto running = std::invoke(function_, ctx, *std::move(in));
    auto result = co_await running;
    co_return json_answer(ctx, std::move(result));
  }

 private:
  static std::expected<In, HttpError> read(const Request& request) {
    if (std::optional<HttpError> refusal = refuse_json(request)) {
      return std::unexpected(*std::move(refusal));
    }
    return from_json<In>(request.body);
  }

  F function_;
};

}  // namespace detail

/// A Handler of a function whose second parameter says what to read. Throws std::logic_error for a
/// description that contradicts itself.
template <class F>
[[nodiscard]] auto json(F function) {
  static_assert(detail::JsonDeducible<F>,
                "a JSON handler is a function or const callable of (lift::Context&, In); give In "
                "as json<In>(function) where it cannot be deduced");
  using In = typename detail::JsonInput<F>::Type;
  static_assert(detail::JsonValue<In>,
                "In needs `static void describe(lift::Fields<In>&)` and a default constructor");
  return detail::JsonFunction<In, F>(std::move(function));
}

/// The same for a callable with a template or overloaded call operator.
template <class In, class F>
[[nodiscard]] auto json(F function) {
  static_assert(detail::JsonValue<In>,
                "In needs `static void describe(lift::Fields<In>&)` and a default constructor");
  static_assert(std::invocable<const F&, Context&, In>,
                "the function must be callable as const with (lift::Context&, In)");
  return detail::JsonFunction<In, F>(std::move(function));
}

}  // namespace lift
