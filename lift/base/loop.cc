#include "lift/base/loop.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace lift {
namespace {

thread_local Loop* current_loop = nullptr;

}  // namespace

Loop& Loop::current() noexcept {
  if (current_loop == nullptr) {
    std::fputs("lift: an awaitable was used on a thread that no loop runs\n", stderr);
    std::abort();
  }
  return *current_loop;
}

Loop* Loop::try_current() noexcept { return current_loop; }

Loop::Scope::Scope(Loop& loop) noexcept : previous_(std::exchange(current_loop, &loop)) {}

Loop::Scope::~Scope() { current_loop = previous_; }

}  // namespace lift
