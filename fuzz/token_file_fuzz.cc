// Token files: whatever the text, it is refused or read, and every entry that was read keeps the
// rules and can be found.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lift/identity/token_table.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lift::TokenTable;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = TokenTable::parse(text);
  if (!table) {
    require(table.error().code == "bad_token_file" && !table.error().message.empty());
    return 0;
  }
  require(table->size() <= TokenTable::kMaxTokens);
  const lift::Claims* found = table->find("secret");
  if (found != nullptr) require(lift::broken_rule(*found).empty());

  // What was read once is read again beside one more token.
  const lift::Claims ann{.tenant = "acme", .user = "ann", .roles = {"admin"}};
  const std::string longer = std::string(text) + "\n" + lift::token_line("another", ann);
  const auto again = TokenTable::parse(longer);
  if (again) {
    require(again->size() == table->size() + 1 && again->find("another") != nullptr);
  } else {
    require(longer.size() > TokenTable::kMaxBytes || table->size() == TokenTable::kMaxTokens ||
            table->find("another") != nullptr);
  }
  return 0;
}
