#include "lift/base/loop.h"

#include <algorithm>
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

LoopLocal* Loop::kept(const void* owner) const noexcept {
  const auto found = std::ranges::find(kept_, owner, [](const auto& pair) { return pair.first; });
  return found == kept_.end() ? nullptr : found->second.get();
}

LoopLocal& Loop::keep(const void* owner, std::unique_ptr<LoopLocal> local) {
  return *kept_.emplace_back(owner, std::move(local)).second;
}

void Loop::end_kept() noexcept {
  const Scope scope(*this);
  while (!kept_.empty()) kept_.pop_back();
}

Loop* Loop::try_current() noexcept { return current_loop; }

Loop::Scope::Scope(Loop& loop) noexcept : previous_(std::exchange(current_loop, &loop)) {}

Loop::Scope::~Scope() { current_loop = previous_; }

}  // namespace lift
