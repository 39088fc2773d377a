// Typed JSON: whatever comes in, it is read or refused; what was read is written and read back the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lift/http/json.h"

namespace {

struct Node {
  std::int8_t tiny = 0;
  std::optional<std::uint64_t> big;
  std::optional<double> real;
  std::optional<std::string> text;
  std::vector<std::optional<bool>> flags;
  std::vector<Node> nodes;
  friend bool operator==(const Node&, const Node&) = default;
  static void describe(lift::Fields<Node>& f) {
    f.field("t", &Node::tiny).min(-3);
    f.field("b", &Node::big);
    f.field("r", &Node::real);
    f.field("s/~", &Node::text).min_length(1).max_length(8);
    f.field("f", &Node::flags).max_items(4);
    f.field("n", &Node::nodes);
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = lift::from_json<Node>(text);
  if (read) {
    const auto again = lift::from_json<Node>(lift::to_json(*read));
    require(again && *again == *read);
    return 0;
  }
  const lift::HttpError& error = read.error();
  require(error.status() == (error.violations().empty() ? 400 : 422));
  require(error.violations().size() <= 64);
  for (const lift::Violation& broken : error.violations()) {
    require(broken.pointer.empty() || broken.pointer[0] == '/');
  }
  return 0;
}
