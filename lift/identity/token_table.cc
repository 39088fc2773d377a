#include "lift/identity/token_table.h"

#include <algorithm>
#include <expected>
#include <string>
#include <utility>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kNoTenant = "-";

/// Cuts the next field off `line`; empty at its end.
std::string_view next_field(std::string_view& line) noexcept {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view field = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(field.size());
  return field;
}

std::vector<std::string> split_roles(std::string_view list) {
  std::vector<std::string> roles;
  // One more than the most is enough to be refused.
  for (bool more = !list.empty(); more && roles.size() <= kMaxRoles;) {
    more = list.contains(',');
    roles.emplace_back(ascii::cut(list, ','));
  }
  return roles;
}

/// Reads tenant, user and roles, or says which rule is broken.
std::expected<Claims, std::string_view> read_claims(std::string_view rest) {
  const std::string_view tenant = next_field(rest);
  const std::string_view user = next_field(rest);
  const std::string_view roles = next_field(rest);
  if (user.empty()) return std::unexpected("must have a digest, a tenant and a user");
  if (!next_field(rest).empty()) return std::unexpected("must have at most four fields");
  Claims claims{.tenant = std::string(tenant == kNoTenant ? "" : tenant),
                .user = std::string(user),
                .roles = split_roles(roles)};
  if (const std::string_view rule = broken_rule(claims); !rule.empty())
    return std::unexpected(rule);
  return claims;
}

std::unexpected<Error> broken(std::uint32_t line, std::string_view rule) {
  return fail("bad_token_file", "line " + std::to_string(line) + ": " + std::string(rule));
}

}  // namespace

Result<TokenTable> TokenTable::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return fail("bad_token_file", "the file must be at most 1 MiB");
  TokenTable table;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    std::string_view line = ascii::cut(text, '\n');
    line = line.substr(0, line.find('#'));
    const std::string_view hex = next_field(line);
    if (hex.empty()) continue;
    Entry entry{.digest = {}, .line = number, .claims = {}};
    if (!hex_decode(hex, entry.digest)) {
      return broken(number, "digest must be 64 hex digits (the SHA-256 of a token)");
    }
    auto claims = read_claims(line);
    if (!claims) return broken(number, claims.error());
    if (table.size() == kMaxTokens) return broken(number, "tokens must be at most 10000");
    entry.claims = *std::move(claims);
    table.entries_.push_back(std::move(entry));
  }
  return sorted(std::move(table));
}

Result<TokenTable> TokenTable::sorted(TokenTable table) {
  auto& entries = table.entries_;
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.digest, e.line); });
  const auto twice = std::ranges::adjacent_find(entries, {}, &Entry::digest);
  if (twice == entries.end()) return table;
  return broken(twice[1].line, "digest must not be there twice; line " +
                                   std::to_string(twice[0].line) + " has it too");
}

const Claims* TokenTable::find(std::string_view token) const noexcept {
  if (entries_.empty() || token.empty() || token.size() > kMaxTokenBytes) return nullptr;
  const auto digest = sha256(token);
  const auto at = std::ranges::lower_bound(entries_, digest, {}, &Entry::digest);
  if (at == entries_.end() || !constant_time_equal(at->digest, digest)) return nullptr;
  return &at->claims;
}

std::string token_line(std::string_view token, const Claims& claims) {
  std::string line = hex_encode(sha256(token));
  line += ' ';
  line += claims.tenant.empty() ? kNoTenant : claims.tenant;
  line += ' ';
  line += claims.user;
  for (std::size_t i = 0; i < claims.roles.size(); ++i) {
    line += i == 0 ? ' ' : ',';
    line += claims.roles[i];
  }
  return line;
}

}  // namespace lift
