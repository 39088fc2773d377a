#include "lift/edge/request_id.h"

#include <array>
#include <span>

#include "lift/base/uuid.h"

namespace lift {
namespace {

constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("._:/+=@-")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

bool valid_request_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > kMaxRequestId) return false;
  bool good = true;
  for (const char c : id) good &= kAllowed[static_cast<unsigned char>(c)];
  return good;
}

std::string_view choose_request_id(Context& ctx, bool accept) {
  if (accept) {
    const std::string_view given = ctx.request().headers.value(kRequestIdHeader);
    if (valid_request_id(given)) return ctx.arena().copy(given);
  }
  const std::span<char, 36> fresh = ctx.arena().bytes(36).first<36>();
  // Milliseconds are all that it tells.
  uuid_v7(ctx.loop().clock().coarse_wall(), ctx.loop().random(), fresh);
  return {fresh.data(), fresh.size()};
}

}  // namespace lift
