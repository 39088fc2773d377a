#include "lift/net/detail/connection_pool.h"

#include <algorithm>

namespace lift::detail {

using Owner = ClientConnection::Owner;

Task<Result<ConnectionPool::Lease>> ConnectionPool::acquire(const Url& url, Instant deadline,
                                                            bool fresh) {
  Host* host = find_or_add(url);
  if (host == nullptr) {
    co_return fail(
        "busy", "connections to " + std::to_string(setting_.options.hosts) + " hosts are in use");
  }
  Lease lease(*this);
  Task<Result<>> placing = get_place(*host, lease, deadline, fresh);
  const Result<> placed = co_await placing;
  if (!placed) co_return std::unexpected(placed.error());
  if (lease.connection_ != nullptr) {
    lease.reused_ = true;
    setting_.counters.reused.add();
    co_return lease;
  }
  Task<Result<Owner>> dialing = dialer_.dial(url, deadline);
  Result<Owner> dialed = co_await dialing;
  if (!dialed) co_return std::unexpected(dialed.error());
  lease.connection_ = std::move(*dialed);
  setting_.counters.connected.add();
  co_return lease;
}

void ConnectionPool::close() noexcept {
  closed_ = true;
  for (auto it = hosts_.begin(); it != hosts_.end();) {
    Host& host = (it++)->second;
    while (!host.idle.empty()) end_idle(host, host.idle.begin());
    forget_if_unused(host);
  }
}

// --- hosts

ConnectionPool::Host* ConnectionPool::find_or_add(const Url& url) {
  Key key{url.scheme == "https", url.port, url.host};
  auto found = hosts_.find(key);
  if (found == hosts_.end()) {
    if (hosts_.size() >= setting_.options.hosts && !make_room()) return nullptr;
    found = hosts_.try_emplace(key).first;
    found->second.key = std::move(key);
  }
  found->second.used = setting_.now();
  return &found->second;
}

/// Gives up the host that was used least lately and has nothing but idle connections.
bool ConnectionPool::make_room() {
  Host* oldest = nullptr;
  for (auto& [key, host] : hosts_) {
    if (host.idle.size() != host.open) continue;
    if (oldest == nullptr || host.used < oldest->used) oldest = &host;
  }
  if (oldest == nullptr) return false;
  while (!oldest->idle.empty()) end_idle(*oldest, oldest->idle.begin());
  forget_if_unused(*oldest);
  return true;
}

void ConnectionPool::forget_if_unused(Host& host) noexcept {
  if (host.open == 0 && host.waiting == 0) hosts_.erase(hosts_.find(host.key));
}

// --- those in line

ConnectionPool::Waiter::Waiter(ConnectionPool& pool, Host& host, Instant until, bool fresh) noexcept
    : Parked(pool.setting_.loop, until), pool_(pool), host_(host), fresh_(fresh) {
  ++host_.waiting;
  pool_.setting_.counters.waiting.add();
  pool_.setting_.counters.queued.add();
  host_.line.push_back(*this);
}

ConnectionPool::Waiter::~Waiter() {
  unlink();
  --host_.waiting;
  pool_.setting_.counters.waiting.subtract();
  if (woken() && !taken_) pool_.pass_on(host_, std::move(connection_));
}

void ConnectionPool::Waiter::give(Owner connection) noexcept {
  if (fresh_ && connection != nullptr) ClientConnection::finish(std::move(connection));
  connection_ = std::move(connection);
  wake_soon();
}

Owner ConnectionPool::Waiter::take() noexcept {
  taken_ = true;
  return std::move(connection_);
}

// --- places

Task<Result<>> ConnectionPool::get_place(Host& host, Lease& lease, Instant deadline, bool fresh) {
  if (fresh && !host.idle.empty()) end_idle(host, host.idle.begin());
  if (take_idle(host, lease)) co_return Result<>{};
  if (host.open < setting_.options.connections_per_host) {
    ++host.open;
    setting_.counters.connections.add();
    lease.host_ = &host;
    co_return Result<>{};
  }
  if (host.waiting >= setting_.options.queue_per_host) {
    co_return fail("busy", "too many requests wait for a connection to " + host.key.host);
  }
  Task<Result<>> standing = stand_in_line(host, lease, deadline, fresh);
  co_return co_await standing;
}

Task<Result<>> ConnectionPool::stand_in_line(Host& host, Lease& lease, Instant deadline,
                                             bool fresh) {
  const Instant patience = saturating_add(setting_.now(), setting_.options.queue_timeout);
  Waiter waiter(*this, host, std::min(patience, deadline), fresh);
  if (!co_await waiter) {
    co_return fail(deadline <= patience ? "timeout" : "busy",
                   "no connection to " + host.key.host + " came free in time");
  }
  lease.host_ = &host;
  lease.connection_ = waiter.take();
  if (lease.connection_ != nullptr && !lease.connection_->wake()) lease.connection_.reset();
  co_return Result<>{};
}

bool ConnectionPool::take_idle(Host& host, Lease& lease) noexcept {
  while (!host.idle.empty()) {
    if (host.idle.back()->wake()) {
      lease.host_ = &host;
      lease.connection_ = std::move(host.idle.back());
      host.idle.pop_back();
      setting_.counters.idle.subtract();
      return true;
    }
    end_idle(host, std::prev(host.idle.end()));
  }
  return false;
}

void ConnectionPool::end_idle(Host& host, Idle::iterator which) noexcept {
  ClientConnection::finish(std::move(*which));
  host.idle.erase(which);
  --host.open;
  setting_.counters.idle.subtract();
  setting_.counters.connections.subtract();
}

void ConnectionPool::pass_on(Host& host, Owner connection) noexcept {
  if (Waiter* next = host.line.pop_front()) return next->give(std::move(connection));
  if (connection == nullptr || closed_) return end(host, std::move(connection));
  const Instant until = saturating_add(setting_.now(), setting_.options.idle_time);
  host.idle.push_back(std::move(connection));
  setting_.counters.idle.add();
  host.idle.back()->rest(*this, until);
}

void ConnectionPool::end(Host& host, Owner connection) noexcept {
  connection.reset();
  if (!host.line.empty()) return pass_on(host, nullptr);
  --host.open;
  setting_.counters.connections.subtract();
  forget_if_unused(host);
}

void ConnectionPool::idle_over(ClientConnection& connection) noexcept {
  for (auto& [key, host] : hosts_) {
    const auto which = std::ranges::find(host.idle, &connection, &Owner::get);
    if (which == host.idle.end()) continue;
    end_idle(host, which);
    return forget_if_unused(host);
  }
}

}  // namespace lift::detail
