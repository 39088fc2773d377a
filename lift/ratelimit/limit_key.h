#pragma once
// Whom a limit counts: a tuple of named parts, so that no value can pass for another.
//
//   LimitKey key;
//   key.add(LimitKey::Part::tenant, ctx.tenant()).add_address(ctx.client_address(), 64);
//
// ("a:user:b", "") and ("a", "b") are different keys, as are the tenant x and the user x. A
// credential is never kept or sent as it is.
// Thread-safety: a plain value; the views in it must live as long as it.
// Cost: hash() about 15 ns for a tenant and a user, no allocation.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lift/base/sip_hash.h"
#include "lift/http/address.h"

namespace lift {

class LimitKey {
 public:
  static constexpr std::size_t kMaxParts = 8;
  enum class Part : char {
    tenant = 't',
    user = 'u',
    address = 'a',
    operation = 'o',
    method = 'm',
    credential = 'c',  ///< what must not be told: an API key
    custom = 'x',
  };

  /// Any bytes, of any length. Beyond kMaxParts nothing is added.
  LimitKey& add(Part part, std::string_view value) noexcept;
  /// An IPv4 address, alone or within ::ffff:0:0/96 or 64:ff9b::/96 (NAT64), as it is; of any other
  /// IPv6 address its first `v6_bits`, 0 to 128, as a client has at least a /64 to choose from.
  LimitKey& add_address(const IpAddress& address, unsigned v6_bits) noexcept;

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint64_t hash(const HashKey& secret) const noexcept;
  /// For stores that are shared: `t4:acme` for each part, credentials as HMAC-SHA-256 under
  /// `secret`, values of more than 128 bytes as their SHA-256.
  [[nodiscard]] std::string text(std::span<const std::uint8_t> secret) const;

 private:
  struct Value {
    Part part;
    std::string_view text;
  };

  std::size_t count_ = 0;
  std::array<Value, kMaxParts> parts_;
  std::array<char, 16> address_{};
  std::size_t address_at_ = kMaxParts;  // the part whose value is address_
  std::size_t address_size_ = 0;

  [[nodiscard]] std::string_view value(std::size_t i) const noexcept {
    return i == address_at_ ? std::string_view(address_.data(), address_size_) : parts_[i].text;
  }
};

}  // namespace lift
