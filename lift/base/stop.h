#pragma once
// Cooperative cancellation: a source asks, whoever waits is woken to give up.
//
// Unlike std::stop_source it allocates nothing and knows one loop only; requests from other threads
// are posted there.
// Thread-safety: belongs to one loop.
// Cost: a token is one pointer, registering
// is O(1).

#include "lift/base/intrusive_list.h"

namespace lift {

/// Called once when stop is requested. Leaves its source when destroyed.
class StopCallback : public Link {
 public:
  using Stop = void (*)(StopCallback&) noexcept;
  explicit StopCallback(Stop stop) noexcept : stop_(stop) {}

 private:
  friend class StopSource;
  Stop stop_;
};

class StopSource {
 public:
  [[nodiscard]] bool requested() const noexcept { return requested_; }
  /// Calls every registered callback once; later ones are called at registration. The second
  /// request does nothing.
  void request() noexcept;
  void add(StopCallback& callback) noexcept;
  /// Makes the source new again; callbacks still registered are forgotten.
  void reset() noexcept;

 private:
  IntrusiveList<StopCallback> callbacks_;
  bool requested_ = false;
};

/// What an operation holds to learn of a stop. The empty token never stops.
class StopToken {
 public:
  StopToken() = default;
  explicit StopToken(StopSource& source) noexcept : source_(&source) {}
  [[nodiscard]] bool stop_requested() const noexcept {
    return source_ != nullptr && source_->requested();
  }
  void on_stop(StopCallback& callback) const noexcept {
    if (source_ != nullptr) source_->add(callback);
  }

 private:
  StopSource* source_ = nullptr;
};

}  // namespace lift
