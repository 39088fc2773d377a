#pragma once
// IP addresses and networks as values.
//
// Thread-safety: plain values.
// Cost: parse about 30 ns, contains about 2 ns; no allocation but in to_string.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lift {

/// An IPv4 or IPv6 address. A v4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address it maps:
/// one client, one value.
class IpAddress {
 public:
  IpAddress() =
      default;  ///< unspecified: no address at all (a Unix-domain peer); equals only itself
  static IpAddress v4(std::array<std::uint8_t, 4> bytes) noexcept;
  static IpAddress v6(std::array<std::uint8_t, 16> bytes) noexcept;
  /// Strict text form: dotted quad without leading zeros, RFC 4291 IPv6, no zone, no brackets, no
  /// port.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;

  [[nodiscard]] bool specified() const noexcept { return family_ != 0; }
  [[nodiscard]] bool is_v4() const noexcept { return family_ == 4; }
  [[nodiscard]] bool is_v6() const noexcept { return family_ == 6; }
  /// 16 bytes; an IPv4 address in v4-mapped form.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  /// RFC 5952 form; "" if unspecified.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) noexcept = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint8_t family_ = 0;
};

/// A network such as 10.0.0.0/8 or fd00::/8.
class Cidr {
 public:
  /// Address with an optional prefix length; host bits must be zero. Nothing for anything else. A
  /// v4-mapped network of 96 bits or more (::ffff:10.0.0.0/104) is the IPv4 network it maps.
  static std::optional<Cidr> parse(std::string_view text) noexcept;
  /// Only addresses of its own family: no IPv4 address is in ::/0. An unspecified address is in
  /// none.
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  [[nodiscard]] std::string to_string() const;

 private:
  IpAddress network_;
  std::uint8_t bits_ = 0;  // of the 128-bit form
};

}  // namespace lift
