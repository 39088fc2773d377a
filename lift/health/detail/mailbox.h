#pragma once
// Functions on their way to a loop that may not be there yet.
//
// Thread-safety: post() from any thread; open() and close() on the loop's.
// Cost: an allocation and a lock a function; none is lost or run twice.

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "lift/base/loop.h"

namespace lift::detail {

class Mailbox final : public std::enable_shared_from_this<Mailbox> {
 public:
  /// Runs `work` on the loop: later if none has been opened yet, never once it is closed.
  void post(std::function<void()> work);
  /// What was posted before runs now.
  void open(Loop& loop);
  void close() noexcept;

 private:
  struct Arrival final : Posted {
    explicit Arrival(Mailbox& its_box) noexcept
        : Posted([](Posted& posted) noexcept { static_cast<Arrival&>(posted).box.arrived(); }),
          box(its_box) {}
    Mailbox& box;
  };
  void arrived() noexcept;

  std::mutex mutex_;
  Loop* loop_ = nullptr;
  bool closed_ = false;
  std::vector<std::function<void()>> waiting_;
  Arrival arrival_{*this};
  std::shared_ptr<Mailbox> in_flight_;  // alive until the loop has run what it was posted
};

}  // namespace lift::detail
