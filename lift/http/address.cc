#include "lift/http/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Run {
  std::size_t at;
  std::size_t length;
};

// The first longest run of zero groups; one group alone is not worth "::" (RFC 5952 §4.2).
Run longest_zeros(std::span<const std::uint16_t, 8> groups) noexcept {
  Run best{groups.size(), 1};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t length = 0;
    while (i + length < groups.size() && groups[i + length] == 0) ++length;
    if (length > best.length) best = {i, length};
    i += length;
  }
  return best;
}

std::string print_v6(std::span<const std::uint8_t, 16> bytes) {
  std::array<std::uint16_t, 8> groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const Run zeros = longest_zeros(groups);
  std::string out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == zeros.at) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::array<char, 4> digits;
    out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), groups[i], 16).ptr);
  }
  return out;
}

// Decimal, no leading zero, at most `most`; -1 for anything else.
int parse_length(std::string_view text, int most) noexcept {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return -1;
  int value = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value <= most ? value : -1;
}

// Whether all bits from `bits` on are zero.
bool host_bits_clear(const std::array<std::uint8_t, 16>& bytes, unsigned bits) noexcept {
  std::size_t i = bits / 8;
  if (bits % 8 != 0 && (bytes[i++] & (0xff >> (bits % 8))) != 0) return false;
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.end(),
                     [](std::uint8_t b) { return b == 0; });
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) noexcept {
  IpAddress address;
  std::ranges::copy(kMapped, address.bytes_.begin());
  std::ranges::copy(bytes, address.bytes_.begin() + kMapped.size());
  address.family_ = 4;
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) noexcept {
  IpAddress address;
  address.bytes_ = bytes;
  address.family_ = std::ranges::equal(kMapped, std::span(bytes).first<12>()) ? 4 : 6;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  // inet_pton wants a terminated string and would stop at a NUL within.
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return {};
  std::ranges::copy(text, terminated.begin());
  if (text.find(':') == std::string_view::npos) {
    std::array<std::uint8_t, 4> bytes;
    if (inet_pton(AF_INET, terminated.data(), bytes.data()) != 1) return {};
    return v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes;
  if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return {};
  return v6(bytes);
}

std::string IpAddress::to_string() const {
  if (is_v6()) return print_v6(bytes_);
  std::string out;
  for (std::size_t i = 12; is_v4() && i < 16; ++i) {
    if (i > 12) out += '.';
    out += std::to_string(bytes_[i]);
  }
  return out;
}

std::optional<Cidr> Cidr::parse(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto address = IpAddress::parse(written);
  if (!address) return {};
  const int offset = written.find(':') == std::string_view::npos ? 96 : 0;
  int length = 128 - offset;
  if (slash != std::string_view::npos) length = parse_length(text.substr(slash + 1), length);
  if (length < 0) return {};
  Cidr cidr;
  cidr.network_ = *address;
  cidr.bits_ = static_cast<std::uint8_t>(offset + length);
  if (!host_bits_clear(address->bytes(), cidr.bits_)) return {};
  return cidr;
}

bool Cidr::contains(const IpAddress& address) const noexcept {
  if (address.is_v4() != network_.is_v4() || !address.specified()) return false;
  const std::size_t whole = bits_ / 8;
  if (std::memcmp(address.bytes().data(), network_.bytes().data(), whole) != 0) return false;
  if (bits_ % 8 == 0) return true;
  return (address.bytes()[whole] ^ network_.bytes()[whole]) >> (8 - bits_ % 8) == 0;
}

std::string Cidr::to_string() const {
  const int offset = network_.is_v4() ? 96 : 0;
  return network_.to_string() + "/" + std::to_string(bits_ - offset);
}

}  // namespace lift
