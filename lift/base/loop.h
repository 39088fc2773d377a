#pragma once
// What a coroutine needs of the thread it runs on: time, wake-ups, and a way back from other
// threads.
//
// The server's loops and SimWorld's virtual one both implement it; nothing above knows which it
// runs on.
// Thread-safety: post() from any thread, the rest from the loop's own.
// Cost: see each function; current() is a thread-local load.

#include "lift/base/clock.h"
#include "lift/base/intrusive_list.h"
#include "lift/base/random.h"
#include "lift/base/timers.h"

namespace lift {

/// Something to be run once by a loop. Not owned by the loop: it stays alive until it ran or the
/// loop is gone.
class Posted : public Link {
 public:
  using Run = void (*)(Posted&) noexcept;
  explicit Posted(Run run) noexcept : run_(run) {}
  void run() noexcept { run_(*this); }

 private:
  Run run_;
};

class Workers;

class Loop {
 public:
  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  [[nodiscard]] virtual const Clock& clock() const noexcept = 0;
  [[nodiscard]] virtual Timers& timers() noexcept = 0;
  [[nodiscard]] virtual Random& random() noexcept = 0;
  /// Where blocking work goes.
  [[nodiscard]] virtual Workers& workers() noexcept = 0;
  /// Runs `work` on this loop, in order, from any thread. Cost: one lock, and one wake-up if the
  /// loop sleeps.
  virtual void post(Posted& work) noexcept = 0;

  /// The loop that runs this thread now; the program ends if there is none, as an awaitable could
  /// never wake.
  [[nodiscard]] static Loop& current() noexcept;
  [[nodiscard]] static Loop* try_current() noexcept;

  /// While it lives, this thread's current loop is `loop`.
  class Scope {
   public:
    explicit Scope(Loop& loop) noexcept;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    Loop* previous_;
  };
};

}  // namespace lift
