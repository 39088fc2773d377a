#pragma once
// Opt-in: awaiting Asio operations from a Task. The only public header that includes a third
// party's.
//
//   boost::asio::steady_timer timer(lift::asio_context(), 50ms);
//   co_await timer.async_wait(lift::use_task);
//   std::size_t n = co_await socket.async_read_some(buffer, lift::use_task(ctx.stop_token()));
//
// An error code becomes boost::system::system_error; what else the operation yields is the result,
// several values a tuple. Dropping the awaiting task cancels the operation; what it was given
// (buffers) must live until it has ended, so keep such things where the I/O object is, or behind a
// shared_ptr.
// Thread-safety: use I/O objects on the loop whose context they were made with.
// Cost: one allocation an operation.

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <coroutine>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "lift/base/stop.h"
#include "lift/base/task.h"

namespace lift {

/// The io_context of the server loop that runs this thread; the program ends if none does.
[[nodiscard]] boost::asio::io_context& asio_context() noexcept;

/// The completion token. Called with a token of its own, it makes an operation that is stopped
/// throw Cancelled.
struct UseTask {
  StopToken stop;
  [[nodiscard]] UseTask operator()(StopToken token) const noexcept { return UseTask{token}; }
};
inline constexpr UseTask use_task{};

namespace detail {

template <class... Values>
struct AsioState {
  std::coroutine_handle<> awaiting;
  std::optional<std::tuple<Values...>> values;
  boost::asio::cancellation_signal cancel;
};

template <class... Values>
class [[nodiscard]] AsioAwaiter : private StopCallback {
 public:
  AsioAwaiter(std::shared_ptr<AsioState<Values...>> state, StopToken stop)
      : StopCallback([](StopCallback& self) noexcept { static_cast<AsioAwaiter&>(self).cancel(); }),
        state_(std::move(state)),
        stop_(stop) {}
  AsioAwaiter(const AsioAwaiter&) = delete;
  AsioAwaiter& operator=(const AsioAwaiter&) = delete;
  ~AsioAwaiter() {
    state_->awaiting = {};
    cancel();
  }

  [[nodiscard]] bool await_ready() const noexcept { return state_->values.has_value(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    state_->awaiting = waiting;
    stop_.on_stop(*this);
  }
  auto await_resume() {
    if (stop_.stop_requested()) throw Cancelled();
    return take(std::move(*state_->values));
  }

 private:
  void cancel() noexcept {  // never an operation that has ended: its I/O object may be gone
    if (!state_->values) state_->cancel.emit(boost::asio::cancellation_type::terminal);
  }

  template <class... Rest>
  static auto take(std::tuple<boost::system::error_code, Rest...>&& all) {
    if (std::get<0>(all)) throw boost::system::system_error(std::get<0>(all));
    return std::apply([](auto&, auto&... rest) { return result(rest...); }, all);
  }
  template <class... All>
  static auto take(std::tuple<All...>&& all) {
    return std::apply([](auto&... values) { return result(values...); }, all);
  }
  template <class... All>
  static auto result(All&... values) {
    if constexpr (sizeof...(All) == 1) {
      return (std::move(values), ...);
    } else if constexpr (sizeof...(All) > 1) {
      return std::tuple<All...>(std::move(values)...);
    }
  }

  std::shared_ptr<AsioState<Values...>> state_;
  StopToken stop_;
};

}  // namespace detail
}  // namespace lift

template <class... Values>
class boost::asio::async_result<lift::UseTask, void(Values...)> {
 public:
  template <class Initiation, class... Args>
  static auto initiate(Initiation&& initiation, lift::UseTask token, Args&&... args) {
    using State = lift::detail::AsioState<std::decay_t<Values>...>;
    auto state = std::make_shared<State>();
    auto done = [state](Values... values) {
      state->values.emplace(std::move(values)...);
      if (state->awaiting) std::exchange(state->awaiting, {}).resume();
    };
    std::forward<Initiation>(initiation)(
        boost::asio::bind_cancellation_slot(state->cancel.slot(), std::move(done)),
        std::forward<Args>(args)...);
    return lift::detail::AsioAwaiter<std::decay_t<Values>...>(std::move(state), token.stop);
  }
};
