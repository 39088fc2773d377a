#include "lift/base/stop.h"

namespace lift {

void StopSource::request() noexcept {
  if (requested_) return;
  requested_ = true;
  // Taken aside first: the last callback may end whatever this source is part of.
  IntrusiveList<StopCallback> told;
  told.splice_back(callbacks_);
  while (StopCallback* callback = told.pop_front()) callback->stop_(*callback);
}

void StopSource::add(StopCallback& callback) noexcept {
  if (requested_) return callback.stop_(callback);
  callbacks_.push_back(callback);
}

void StopSource::reset() noexcept {
  requested_ = false;
  while (callbacks_.pop_front() != nullptr) {
  }
}

}  // namespace lift
