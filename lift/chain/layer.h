#pragma once
// What a layer is, and how one is held without knowing its type.
//
// A *bracket* looks at a request before and after, and never waits unless it says so:
//
//   struct ApiKey {
//     static constexpr std::string_view kName = "api_key";
//     struct Slot { int tries = 0; };                          // optional: this layer's state for
//     one request Verdict enter(Context& ctx, Slot& slot); void leave(Context& ctx, Slot& slot,
//     const Outcome&) noexcept;   // optional: before the head is sent void end(Context& ctx, Slot&
//     slot, const Outcome&) noexcept;     // optional: after the last byte
//   };
//
// A *wrap* goes around the rest of the chain as a coroutine, and may run it more than once:
//
//   struct Fallback {
//     static constexpr std::string_view kName = "fallback";
//     Task<void> wrap(Context& ctx, Next next);
//   };
//
// A layer that keeps something for each route says so by `Bound* bind(const RouteFacts&)`: it is
// called once for every chain the layer stands in, and enter() finds what it returned by
// ctx.bound<Bound>().
//
// For each `enter` that proceeded, `leave` and `end` run exactly once, in reverse order, whatever
// happens: return, exception, cancellation, timeout, a vanished client. A layer that answered or
// threw gets neither.
// Thread-safety: one layer object serves all requests on all loops at once;
// what differs by request goes in the Slot.
// Cost: a bracket with all three parts about 6 ns; parts
// that are not there cost nothing.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

#include "lift/base/task.h"
#include "lift/chain/outcome.h"

namespace lift {

class Context;
class Run;

struct RouteOptions;

/// What a layer is told of a route when its chain is built; holds during the call.
struct RouteFacts {
  std::string_view operation;
  const RouteOptions& options;
};

/// What `enter` decides.
enum class Verdict : std::uint8_t {
  proceed,   ///< go on inwards
  answered,  ///< the response is in the context; nothing further in sees the request
  pending,   ///< the Task<Verdict> given to Context::pending() will tell
};

/// The rest of the chain, for a wrap.
class Next {
 public:
  /// Runs every layer further in, and the handler. May be called again once the task has finished:
  /// the response is reset and the inner layers left and ended first. The answer is in
  /// ctx.response(); an exception from further in has become one.
  Task<void> operator()(Context& ctx) const;

 private:
  friend class Run;
  Next(Run& run, std::size_t from) noexcept : run_(&run), from_(from) {}
  Run* run_;
  std::size_t from_;
};

inline constexpr std::size_t kMaxSlotBytes = 64;

struct NoSlot {};

namespace detail {
template <class L>
struct SlotOf {
  using type = NoSlot;
};
template <class L>
  requires requires { typename L::Slot; }
struct SlotOf<L> {
  using type = typename L::Slot;
};
}  // namespace detail

template <class L>
using SlotType = typename detail::SlotOf<L>::type;

template <class L>
concept Named = requires {
  { L::kName } -> std::convertible_to<std::string_view>;
};

template <class L>
concept BracketLayer = Named<L> && requires(L& layer, Context& ctx, SlotType<L>& slot) {
  { layer.enter(ctx, slot) } -> std::same_as<Verdict>;
};

template <class L>
concept WrapLayer = Named<L> && requires(L& layer, Context& ctx, Next next) {
  { layer.wrap(ctx, next) } -> std::same_as<Task<void>>;
};

/// A bracket or a wrap of any type, shared by every chain it stands in.
class AnyLayer {
 public:
  template <class L>
    requires BracketLayer<L> || WrapLayer<L>
  explicit AnyLayer(std::shared_ptr<L> layer) noexcept;

  using Enter = Verdict (*)(void*, Context&, void* slot);
  using After = void (*)(void*, Context&, void* slot, const Outcome&) noexcept;
  using Wrap = Task<void> (*)(void*, Context&, Next);
  using Bind = void* (*)(void*, const RouteFacts&);

  std::string_view name;
  void* object = nullptr;
  Enter enter = nullptr;
  After leave = nullptr;
  After end = nullptr;
  Wrap wrap = nullptr;
  Bind bind = nullptr;
  void* bound = nullptr;  ///< what bind() returned, in the layers of a chain
  std::size_t slot_bytes = 0;

 private:
  std::shared_ptr<void> owner_;
};

namespace detail {

template <class L>
Verdict call_enter(void* object, Context& ctx, void* memory) {
  auto* slot = ::new (memory) SlotType<L>();
  return static_cast<L*>(object)->enter(ctx, *slot);
}
template <class L>
void call_leave(void* object, Context& ctx, void* slot, const Outcome& outcome) noexcept {
  static_cast<L*>(object)->leave(ctx, *static_cast<SlotType<L>*>(slot), outcome);
}
template <class L>
void call_end(void* object, Context& ctx, void* slot, const Outcome& outcome) noexcept {
  static_cast<L*>(object)->end(ctx, *static_cast<SlotType<L>*>(slot), outcome);
}
template <class L>
void* call_bind(void* object, const RouteFacts& facts) {
  return static_cast<L*>(object)->bind(facts);
}
template <class L>
Task<void> call_wrap(void* object, Context& ctx, Next next) {
  return static_cast<L*>(object)->wrap(ctx, next);
}

}  // namespace detail

template <class L>
  requires BracketLayer<L> || WrapLayer<L>
AnyLayer::AnyLayer(std::shared_ptr<L> layer) noexcept
    : name(L::kName), object(layer.get()), owner_(std::move(layer)) {
  if constexpr (requires(L& l, const RouteFacts& f) { l.bind(f); }) bind = &detail::call_bind<L>;
  if constexpr (WrapLayer<L>) {
    static_assert(!BracketLayer<L>, "a layer is a bracket or a wrap, not both");
    wrap = &detail::call_wrap<L>;
  } else {
    using Slot = SlotType<L>;
    static_assert(std::is_trivially_destructible_v<Slot>,
                  "a Slot is never destroyed; release what it holds in end()");
    static_assert(sizeof(Slot) <= kMaxSlotBytes,
                  "a Slot holds at most 64 bytes; put more in ctx.arena()");
    constexpr auto has_leave =
        requires(L& l, Context& c, Slot& s, const Outcome& o) { l.leave(c, s, o); };
    constexpr auto has_end =
        requires(L& l, Context& c, Slot& s, const Outcome& o) { l.end(c, s, o); };
    enter = &detail::call_enter<L>;
    if constexpr (has_leave) leave = &detail::call_leave<L>;
    if constexpr (has_end) end = &detail::call_end<L>;
    slot_bytes = sizeof(Slot);
  }
}

}  // namespace lift
