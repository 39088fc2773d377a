#include "lift/aws/table_key.h"

#include <array>
#include <charconv>
#include <limits>

#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

constexpr std::size_t kMostPartition = 2048;
constexpr std::size_t kMostSort = 1024;
constexpr std::size_t kDigits = 20;  // of the largest number of 64 bits

void add_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c != '#' && c != '%' && byte >= 0x20 && byte != 0x7f) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
}

/// '0' and the distance from the least for what is below zero, '1' and the number for the rest.
std::string in_order(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  std::uint64_t value = 0;
  std::from_chars(decimal.data() + (negative ? 1 : 0), decimal.data() + decimal.size(), value);
  // 2^63 is the magnitude of the least.
  if (negative) value = (1ULL << 63U) - value;
  std::array<char, kDigits> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const auto count = static_cast<std::size_t>(end - digits.data());
  std::string out(negative ? "0" : "1");
  out.append(kDigits - count, '0').append(digits.data(), count);
  return out;
}

}  // namespace

Result<std::string> partition_text(std::string_view tenant, std::string_view kind,
                                   std::span<const KeyPart> parts) {
  if (tenant.empty()) return fail("bad_tenant", "the tenant is empty");
  std::string out;
  add_escaped(out, tenant);
  out += '#';
  add_escaped(out, kind);
  for (const KeyPart& part : parts) {
    out += '#';
    add_escaped(out, part.text());
  }
  if (!is_utf8(out)) return fail("bad_key", "a part of the partition is not UTF-8");
  if (out.size() > kMostPartition)
    return fail("bad_key", "the partition has " + std::to_string(out.size()) +
                               " bytes, must have 2048 at most");
  return out;
}

Result<std::string> sort_text(const KeyPart& part) {
  if (part.is_number()) return in_order(part.text());
  if (!is_utf8(part.text())) return fail("bad_key", "the sort part is not UTF-8");
  if (part.text().empty() || part.text().size() > kMostSort)
    return fail("bad_key", "the sort part has " + std::to_string(part.text().size()) +
                               " bytes, must have 1 to 1024");
  return part.text();
}

}  // namespace lift::detail
