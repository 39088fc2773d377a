// What a coroutine costs: awaiting a task that is done, and making one with a frame of its own.
#include "lift/base/task.h"

#include "benchmarks/bench.h"

namespace lift {
namespace {

/// Not inlined, or the compiler would do without the frame.
[[gnu::noinline]] Task<int> answer(int value) { co_return value; }

Task<void> await_finished(std::uint64_t times) {
  Task<int> finished = answer(42);
  for (; times > 0; --times) {
    const int value = co_await finished;
    bench::keep(value);
  }
}

bench::Work awaiting() {
  return [](std::uint64_t times) { await_finished(times).take(); };
}

bench::Work framing() {
  return [](std::uint64_t times) {
    for (; times > 0; --times) {
      const Task<int> task = answer(static_cast<int>(times));
      bench::keep(task.done());
    }
  };
}

const bench::Row kReady("task.ready", bench::Budget(5), awaiting);
const bench::Row kFrame("task.frame", bench::Budget(20), framing);

}  // namespace
}  // namespace lift
