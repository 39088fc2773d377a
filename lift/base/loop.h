#pragma once
// What a coroutine needs of the thread it runs on: time, wake-ups, and a way back from other
// threads.
//
// The server's loops and SimWorld's virtual one both implement it; nothing above knows which it
// runs on.
// Thread-safety: post() from any thread, the rest from the loop's own.
// Cost: see each function; current() is a thread-local load.

#include <memory>
#include <utility>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/intrusive_list.h"
#include "lift/base/random.h"
#include "lift/base/timers.h"

namespace lift {

/// Something to be run once by a loop, when that ends at the latest. Not owned by the loop: it
/// stays alive until then, or leaves the loop's list when it is destroyed, on the loop's thread.
class Posted : public Link {
 public:
  using Run = void (*)(Posted&) noexcept;
  explicit Posted(Run run) noexcept : run_(run) {}
  void run() noexcept { run_(*this); }

 private:
  Run run_;
};

class Workers;

/// What each loop has one of, such as a client's connections; it goes with its loop.
class LoopLocal {
 public:
  LoopLocal() = default;
  LoopLocal(const LoopLocal&) = delete;
  LoopLocal& operator=(const LoopLocal&) = delete;
  virtual ~LoopLocal() = default;
};

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

  /// What this loop keeps for `owner`, null if nothing. On the loop's own thread, as keep().
  [[nodiscard]] LoopLocal* kept(const void* owner) const noexcept;
  /// Keeps `local` for `owner` until the loop ends. What is kept should hold its owner's memory, so
  /// that no other is taken for it.
  LoopLocal& keep(const void* owner, std::unique_ptr<LoopLocal> local);

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

 protected:
  /// For a destructor, while timers can still be cancelled: ends what is kept.
  void end_kept() noexcept;

 private:
  std::vector<std::pair<const void*, std::unique_ptr<LoopLocal>>> kept_;
};

}  // namespace lift
