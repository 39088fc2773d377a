#include "lift/ratelimit/limit_key.h"

#include <algorithm>
#include <cstring>

#include "lift/base/crypto.h"

namespace lift {
namespace {

/// Longer values stand in the hashed bytes by their own hash.
constexpr std::size_t kMostInline = 48;
constexpr std::size_t kMostBytes = LimitKey::kMaxParts * (3 + kMostInline);
/// And in a store by their digest.
constexpr std::size_t kMostText = 128;

constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

}  // namespace

LimitKey& LimitKey::add(Part part, std::string_view value) noexcept {
  if (count_ < kMaxParts) parts_[count_++] = {part, value};
  return *this;
}

LimitKey& LimitKey::add_address(const IpAddress& address, unsigned v6_bits) noexcept {
  if (count_ == kMaxParts || address_at_ != kMaxParts) return *this;
  address_at_ = count_;
  add(Part::address, {});
  if (!address.specified()) return *this;
  const std::array<std::uint8_t, 16>& bytes = address.bytes();
  const bool v4 = address.is_v4() || std::equal(kNat64.begin(), kNat64.end(), bytes.begin());
  if (v4) {
    address_size_ = 4;
    std::memcpy(address_.data(), bytes.data() + 12, 4);
    return *this;
  }
  address_size_ = 16;
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned kept = std::min<unsigned>(v6_bits - std::min<unsigned>(v6_bits, 8 * i), 8);
    address_[i] = static_cast<char>(bytes[i] & (0xff00U >> kept));
  }
  return *this;
}

std::uint64_t LimitKey::hash(const HashKey& secret) const noexcept {
  std::array<char, kMostBytes> bytes;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    std::string_view text = value(i);
    const bool is_long = text.size() > kMostInline;
    bytes[size++] = static_cast<char>(parts_[i].part);
    bytes[size++] = is_long ? '\xff' : static_cast<char>(text.size());
    const std::uint64_t digest = is_long ? sip_hash(secret, text) : 0;
    if (is_long) text = {reinterpret_cast<const char*>(&digest), sizeof digest};
    std::copy_n(text.data(), text.size(), bytes.data() + size);
    size += text.size();
  }
  return sip_hash(secret, {bytes.data(), size});
}

std::string LimitKey::text(std::span<const std::uint8_t> secret) const {
  std::string out;
  for (std::size_t i = 0; i < count_; ++i) {
    const Part part = parts_[i].part;
    std::string shown(value(i));
    if (part == Part::credential) {
      shown = hex_encode(hmac_sha256(secret, shown));
    } else if (shown.size() > kMostText) {
      shown = "sha256:" + hex_encode(sha256(shown));
    } else if (part == Part::address) {
      shown = hex_encode({reinterpret_cast<const std::uint8_t*>(shown.data()), shown.size()});
    }
    if (i > 0) out += '|';
    out += static_cast<char>(part);
    out.append(std::to_string(shown.size())).append(":").append(shown);
  }
  return out;
}

}  // namespace lift
