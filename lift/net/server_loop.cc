#include "lift/net/detail/server_loop.h"

#include <system_error>
#include <utility>

#include "lift/net/detail/socket_stream.h"

namespace lift::detail {
namespace {

/// How long handshakes under way when the door closes may take to complete.
constexpr Duration kDoorTime = std::chrono::milliseconds(20);
constexpr Duration kFinishCheck = std::chrono::milliseconds(5);
constexpr std::size_t kMostSpare = 128 * 1024;
constexpr std::size_t kMaxTasks = 10'000;

}  // namespace

ServerLoop::ServerLoop(const ServerOptions& options, Service& service, Workers& workers)
    : options_(options), service_(service), loop_(workers) {
  scope_.emplace(kMaxTasks, [&service](std::exception_ptr error) { service.task_failed(error); });
}

void ServerLoop::add_listener(UniqueFd socket, int family) {
  acceptors_.push_back(std::make_unique<Acceptor>(*this, std::move(socket), family));
}

void ServerLoop::run() noexcept {
  const Loop::Scope scope(loop_);
  service_.started(loop_, *scope_);
  for (const auto& acceptor : acceptors_) acceptor->begin();
  loop_.run();
  tear_down();
}

// --- connections and exchanges

std::unique_ptr<Stream> ServerLoop::open(UniqueFd socket, StreamEvents& events) {
  return std::make_unique<SocketStream>(loop_.poller(), std::move(socket), events);
}

void ServerLoop::welcome(UniqueFd socket, const IpAddress& peer) noexcept {
  try {
    auto connection = std::make_unique<Connection>(*this, std::move(socket), peer);
    connections_.push_back(*connection);
    counters_.accepted.add();
    counters_.connections.add();
    connection.release()->begin();
  } catch (const std::exception&) {
    counters_.accept_failed.add();
  }
}

void ServerLoop::remove(Connection& connection) noexcept {
  delete &connection;
  counters_.connections.set(counters_.connections.value() - 1);
  for (const auto& acceptor : acceptors_) acceptor->resume();
}

void ServerLoop::give_back(ReadBuffer& from) noexcept {
  if (from.capacity() > spare_input_.capacity() && from.capacity() <= kMostSpare) {
    std::swap(from, spare_input_);
  }
  from = ReadBuffer();
}

void ServerLoop::give_back(std::string& from) noexcept {
  if (from.capacity() > spare_output_.capacity() && from.capacity() <= kMostSpare) {
    from.swap(spare_output_);
  }
  std::string().swap(from);
}

Exchange& ServerLoop::acquire() {
  counters_.running.add();
  if (Exchange* exchange = free_.pop_front()) return *exchange;
  exchanges_.push_back(std::make_unique<Exchange>(*this));
  return *exchanges_.back();
}

void ServerLoop::retire(Exchange& exchange) noexcept {
  counters_.running.set(counters_.running.value() - 1);
  retired_.push_back(exchange);
}

void ServerLoop::recycle() noexcept {
  while (Exchange* exchange = retired_.pop_front()) {
    exchange->reset();
    free_.push_back(*exchange);
  }
}

// --- the end

void ServerLoop::next_phase() noexcept {
  const Instant now = loop_.clock().now();
  switch (phase_) {
    case Phase::serving:
      phase_ = Phase::lame_duck;
      return loop_.timers().arm(phase_timer_, now + options_.lame_duck);
    case Phase::lame_duck:
      phase_ = Phase::door;
      for (const auto& acceptor : acceptors_) acceptor->refuse_new();
      return loop_.timers().arm(phase_timer_, now + kDoorTime);
    case Phase::door:
      phase_ = Phase::finishing;
      finish_by_ = now + options_.finish_within;
      return begin_finishing();
    case Phase::finishing:
      return check_finished();
  }
}

void ServerLoop::begin_finishing() noexcept {
  for (const auto& acceptor : acceptors_) acceptor->empty_and_close();
  scope_->stop();
  IntrusiveList<Connection> all;
  all.splice_back(connections_);
  while (Connection* connection = all.pop_front()) {
    connections_.push_back(*connection);
    connection->end_if_idle();
  }
  check_finished();
}

void ServerLoop::check_finished() noexcept {
  const Instant now = loop_.clock().now();
  const bool idle =
      connections_.empty() && counters_.running.value() == 0 && scope_->running() == 0;
  if (idle || now >= finish_by_) return loop_.stop();
  loop_.timers().arm(phase_timer_, now + kFinishCheck);
}

void ServerLoop::tear_down() noexcept {
  counters_.dropped_in_drain.add(counters_.running.value());
  for (const auto& acceptor : acceptors_) acceptor->close();
  phase_timer_.cancel();
  // Requests first: their frames may hold what belongs to a connection.
  // The end of one may let another begin its next, so they are taken aside.
  while (!exchanges_.empty()) std::exchange(exchanges_, {}).clear();
  scope_.reset();
  counters_.running.set(0);
  IntrusiveList<Connection> all;
  all.splice_back(connections_);
  while (Connection* connection = all.pop_front()) {
    connections_.push_back(*connection);
    connection->drop();
  }
  while (still_waiting()) loop_.run_one();
}

bool ServerLoop::still_waiting() noexcept {
  for (const auto& acceptor : acceptors_) {
    if (acceptor->waiting()) return true;
  }
  return !connections_.empty();
}

}  // namespace lift::detail
