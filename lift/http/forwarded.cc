#include "lift/http/forwarded.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "lift/base/ascii.h"

namespace lift {
namespace {

using Address = std::optional<IpAddress>;

// The last elements of a list that is read from the left but walked from the right.
class LastHops {
 public:
  void push(const Address& hop) noexcept { hops_[count_++ % hops_.size()] = hop; }
  [[nodiscard]] std::size_t size() const noexcept { return std::min(count_, hops_.size()); }
  // 0 is the rightmost.
  [[nodiscard]] const Address& from_right(std::size_t i) const noexcept {
    return hops_[(count_ - 1 - i) % hops_.size()];
  }

 private:
  std::array<Address, kMaxForwardedHops> hops_;
  std::size_t count_ = 0;
};

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5) return false;
  unsigned port = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

// A port in digits or, in Forwarded, one that the proxy keeps to itself (RFC 7239 §6.3).
bool is_node_port(std::string_view text) noexcept {
  return is_port(text) || (text.size() > 1 && text[0] == '_' && ascii::is_token(text));
}

// `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
Address parse_node(std::string_view node) noexcept {
  if (!node.starts_with('[')) {
    const std::size_t colon = node.find(':');
    const bool port = colon != std::string_view::npos && node.rfind(':') == colon;
    if (!port) return IpAddress::parse(node);
    return is_node_port(node.substr(colon + 1)) ? IpAddress::parse(node.substr(0, colon))
                                                : Address();
  }
  const std::size_t close = node.find(']');
  if (close == std::string_view::npos) return {};
  const std::string_view inside = node.substr(1, close - 1);
  const std::string_view rest = node.substr(close + 1);
  if (!rest.empty() && (rest[0] != ':' || !is_node_port(rest.substr(1)))) return {};
  return inside.find(':') == std::string_view::npos ? Address() : IpAddress::parse(inside);
}

void read_x_forwarded_for(std::string_view list, LastHops& hops) noexcept {
  while (!list.empty()) {
    const std::string_view element = ascii::trim(ascii::cut(list, ','));
    if (!element.empty()) hops.push(parse_node(element));
  }
}

// One `name=value` of a Forwarded element; the value is unquoted into a buffer that holds the
// longest node there is.
class ForwardedReader {
 public:
  explicit ForwardedReader(std::string_view field) noexcept : rest_(field) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  // One element and its comma; nothing in `out` if the element is empty. False for bad syntax.
  bool element(std::optional<Address>& out) noexcept {
    bool pairs = false;
    bool has_for = false;
    Address address;
    while (true) {
      skip_blanks();
      if (!rest_.empty() && rest_[0] != ';' && rest_[0] != ',') {
        pairs = true;
        if (!pair(has_for, address)) return false;
        skip_blanks();
      }
      if (rest_.empty() || rest_[0] == ',') break;
      if (rest_[0] != ';') return false;
      rest_.remove_prefix(1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    if (pairs) out = address;
    return true;
  }

 private:
  void skip_blanks() noexcept {
    while (!rest_.empty() && ascii::is_blank(rest_[0])) rest_.remove_prefix(1);
  }

  bool pair(bool& has_for, Address& address) noexcept {
    const std::size_t equals = rest_.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = rest_.substr(0, equals);
    rest_.remove_prefix(equals + 1);
    if (!ascii::is_token(name) || !value()) return false;
    if (!ascii::same(name, "for")) return true;
    if (std::exchange(has_for, true)) return false;
    if (used_ <= value_.size()) address = parse_node({value_.data(), used_});
    return true;
  }

  bool value() noexcept {
    used_ = 0;
    if (rest_.empty() || rest_[0] != '"') {
      while (!rest_.empty() &&
             std::string_view(";, \t\"").find(rest_[0]) == std::string_view::npos) {
        take();
      }
      return used_ > 0;
    }
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\') rest_.remove_prefix(1);
      if (!rest_.empty()) take();
    }
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void take() noexcept {
    if (used_ < value_.size()) value_[used_] = rest_[0];
    ++used_;
    rest_.remove_prefix(1);
  }

  std::string_view rest_;
  std::array<char, 64> value_;
  std::size_t used_ = 0;  // may exceed the buffer: then the value is no address
};

void read_forwarded(std::string_view field, LastHops& hops) noexcept {
  ForwardedReader reader(field);
  while (!reader.at_end()) {
    std::optional<Address> element;
    if (!reader.element(element)) {
      // Where quoting is broken nobody can tell whose words follow, so the whole rest is one bad
      // element.
      hops.push({});
      return;
    }
    if (element) hops.push(*element);
  }
}

bool any_contains(std::span<const Cidr> networks, const IpAddress& address) noexcept {
  return std::ranges::any_of(networks, [&](const Cidr& cidr) { return cidr.contains(address); });
}

}  // namespace

IpAddress client_address(const IpAddress& peer, const Headers& headers,
                         std::span<const Cidr> trusted, ForwardedSource source) noexcept {
  if (!any_contains(trusted, peer)) return peer;
  const bool standard = source == ForwardedSource::forwarded;
  if (!headers.contains(standard ? "forwarded" : "x-forwarded-for")) return peer;
  LastHops hops;
  if (standard) {
    headers.for_each("forwarded", [&](std::string_view field) { read_forwarded(field, hops); });
  } else {
    headers.for_each("x-forwarded-for",
                     [&](std::string_view field) { read_x_forwarded_for(field, hops); });
  }
  IpAddress reached = peer;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const Address& hop = hops.from_right(i);
    if (!hop) return reached;
    if (!any_contains(trusted, *hop)) return *hop;
    reached = *hop;
  }
  return reached;
}

}  // namespace lift
