// The life of a request without server: what eight brackets that do nothing add to a chain, and the
// chain without any.
#include <memory>
#include <string_view>
#include <vector>

#include "benchmarks/chain_bed.h"

namespace lift {
namespace {

template <char Name>
struct Empty {
  static constexpr char kText[] = {'e', '_', Name};
  static constexpr std::string_view kName{kText, sizeof kText};
  struct Slot {
    int value = 0;
  };
  Verdict enter(Context&, Slot&) { return Verdict::proceed; }
  void leave(Context&, Slot&, const Outcome&) noexcept {}
  void end(Context&, Slot&, const Outcome&) noexcept {}
};

template <char... Names>
std::vector<AnyLayer> layers() {
  return {AnyLayer(std::make_shared<Empty<Names>>())...};
}

void plain(Request&) {}

bench::Work without_layers() { return bench::serving({}, plain); }

Result<bench::Figures> eight_brackets() {
  return bench::added_by(layers<'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'>(), plain, 60);
}

const bench::Row kEmpty0("chain.empty0", bench::Budget(150), without_layers);
const bench::Row kEmpty8("chain.empty8", "ns", eight_brackets);

}  // namespace
}  // namespace lift
