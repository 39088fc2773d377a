#include "lift/net/detail/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "lift/base/offload.h"

namespace lift::detail {
namespace {

std::optional<IpAddress> address_of(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return IpAddress::v4(bytes);
  }
  if (address.sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<IpAddress>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0) {
    const std::string why = failed == EAI_SYSTEM ? std::generic_category().message(errno)
                                                 : std::string(::gai_strerror(failed));
    return fail("resolve_failed", host + ": " + why);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<IpAddress> found;
  for (; list != nullptr && found.size() < kMostAddresses; list = list->ai_next) {
    const std::optional<IpAddress> address = address_of(*list->ai_addr);
    if (address && std::ranges::find(found, *address) == found.end()) found.push_back(*address);
  }
  if (found.empty()) return fail("resolve_failed", host + ": it has no address");
  return found;
}

Task<Result<std::vector<IpAddress>>> Resolver::resolve(std::string_view host, Instant until) {
  Name* name = find_or_add(host);
  if (name == nullptr) co_return fail("busy", "too many names are being looked up");
  if (!name->asking && setting_.now() < name->until) co_return name->found;
  Parked wait(setting_.loop, until);
  name->waiting.push_back(wait);
  if (!name->asking) {
    name->asking = true;
    if (!lookups_.spawn(ask(std::string(host)))) {
      learned(std::string(host), fail("busy", "too many names are being looked up"));
    }
  }
  if (!co_await wait) {
    co_return fail("connect_timeout", "looking up " + std::string(host) + " took too long");
  }
  // One that failed is forgotten at once but for those who waited for it.
  name = find_or_add(host);
  co_return name != nullptr ? name->found : Name().found;
}

Resolver::Name* Resolver::find_or_add(std::string_view host) {
  if (const auto known = names_.find(host); known != names_.end()) return &known->second;
  if (names_.size() >= kMostNames && !make_room()) return nullptr;
  return &names_[std::string(host)];
}

bool Resolver::make_room() {
  auto oldest = names_.end();
  for (auto it = names_.begin(); it != names_.end(); ++it) {
    if (it->second.asking) continue;
    if (oldest == names_.end() || it->second.until < oldest->second.until) oldest = it;
  }
  if (oldest == names_.end()) return false;
  names_.erase(oldest);
  return true;
}

Task<void> Resolver::ask(std::string host) {
  setting_.counters.lookups.add();
  Result<std::vector<IpAddress>> found;
  try {
    const auto work = [host] { return look_up(host); };
    OffloadAwaiter asked(work);
    found = co_await asked;
  } catch (const Overloaded&) {
    found = fail("busy", "the workers that look up names have no room");
  }
  learned(host, std::move(found));
}

void Resolver::learned(const std::string& host, Result<std::vector<IpAddress>> found) noexcept {
  Name& name = names_.find(host)->second;
  name.asking = false;
  name.until = found ? saturating_add(setting_.now(), setting_.options.dns_time) : Instant::min();
  name.found = std::move(found);
  while (Parked* waiting = name.waiting.pop_front()) waiting->wake_soon();
}

}  // namespace lift::detail
