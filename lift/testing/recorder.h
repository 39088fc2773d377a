#pragma once
// A layer that writes down what happens to it, for tests of chains: "enter:a", "leave:a:success",
// "end:a:timeout".
//
// Thread-safety: one thread.
// Cost: for tests.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "lift/chain/context.h"
#include "lift/chain/layer.h"

namespace lift {

using Journal = std::vector<std::string>;

/// `Name` tells layers of one chain apart: `Recorder<'a'>`.
template <char Name>
class Recorder {
 public:
  static constexpr char kText[] = {'r', '_', Name, '\0'};
  static constexpr std::string_view kName = kText;
  struct Slot {
    int entered = 0;
  };

  explicit Recorder(Journal& journal) noexcept : journal_(journal) {}

  Verdict enter(Context& ctx, Slot& slot) {
    slot.entered = 1;
    note("enter");
    if (on_enter) return on_enter(ctx);
    return Verdict::proceed;
  }
  void leave(Context&, Slot& slot, const Outcome& outcome) noexcept {
    note("leave:", slot.entered == 1 ? to_string(outcome.kind) : "a lost slot");
  }
  void end(Context&, Slot& slot, const Outcome& outcome) noexcept {
    note("end:", slot.entered == 1 ? to_string(outcome.kind) : "a lost slot");
    slot.entered = 0;
  }

  Verdict (*on_enter)(Context&) = nullptr;

 private:
  void note(std::string_view what, std::string_view kind = {}) {
    journal_.push_back(std::string(1, Name) + ":" + std::string(what) + std::string(kind));
  }
  Journal& journal_;
};

}  // namespace lift
