#pragma once
// Whether event loops still turn: asked only when somebody wants to know, so that an idle process
// stays asleep.
//
// A question is a function posted to the loop; one that stays unanswered is a loop that hangs. It
// takes two looks at least `limit` apart to find that out.
// Thread-safety: every function from any thread. A loop leaves by clear() before it ends.
// Cost: a look some 10 ns, once a second a post to each loop.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

#include "lift/base/clock.h"
#include "lift/base/loop.h"

namespace lift {

class Heartbeats {
 public:
  /// From one question to the next, at least.
  static constexpr Duration kPause = std::chrono::seconds(1);

  void add(Loop& loop);
  /// Asks no loop that is known so far any more.
  void clear() noexcept;
  /// Looks for answers, and asks anew those whose last answer is older than kPause.
  void look(Instant now) noexcept;
  /// The longest that a question has been waiting for an answer; zero if none is open.
  [[nodiscard]] Duration silence(Instant now) const noexcept;
  /// The longest that any loop took for its last answer: how far loops lag behind.
  [[nodiscard]] Duration lag() const noexcept;

 private:
  struct Beat final : Posted {
    Beat(Loop& its_loop);
    Loop& loop;
    std::atomic<Instant::rep> asked{0};     // 0: no question is open
    std::atomic<Instant::rep> answered{0};  // when
    std::atomic<Duration::rep> took{0};
  };

  mutable std::mutex mutex_;
  std::deque<Beat> beats_;
  std::size_t known_from_ = 0;  // those before have left; their memory stays, as a loop may hold it
  std::atomic<Instant::rep> next_look_{0};
};

}  // namespace lift
