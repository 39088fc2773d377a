#include "lift/net/server.h"

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "lift/base/cpu.h"
#include "lift/net/detail/listener.h"
#include "lift/net/detail/server_loop.h"

namespace lift {

struct Server::Running {
  explicit Running(const ServerOptions& options)
      : workers(std::make_unique<WorkerPool>(options.workers)) {}

  [[nodiscard]] Result<std::vector<detail::Listening>> bind(const std::vector<ListenAddress>& all,
                                                            unsigned count);
  void unbind();
  void serve(detail::ServerLoop& loop) noexcept;

  std::vector<std::unique_ptr<detail::ServerLoop>> loops;
  std::unique_ptr<WorkerPool> workers;
  std::mutex ending;
  std::mutex mutex;  // of what follows
  std::vector<ListenAddress> addresses;
  std::vector<detail::SocketFile> files;
  std::vector<std::thread> threads;
  std::vector<std::function<void()>> drained;
  std::size_t serving = 0;
  bool draining = false;
};

Server::Server(ServerOptions options, Service& service)
    : options_(std::move(options)),
      service_(service),
      running_(std::make_unique<Running>(options_)) {}

Server::~Server() { stop(); }

Result<> Server::start() {
  if (auto valid = options_.validate().as_result(); !valid) return valid;
  const unsigned count = options_.loops.value_or(usable_cores());
  try {
    const std::lock_guard lock(running_->mutex);
    auto listening = running_->bind(options_.listen, count);
    if (!listening) return std::unexpected(listening.error());
    for (unsigned i = 0; i < count; ++i) {
      auto loop = std::make_unique<detail::ServerLoop>(options_, service_, *running_->workers);
      for (detail::Listening& one : *listening) {
        loop->add_listener(std::move(one.sockets[i]), one.family);
      }
      running_->loops.push_back(std::move(loop));
    }
    for (const auto& loop : running_->loops) {
      running_->threads.emplace_back([this, &loop = *loop] { running_->serve(loop); });
      ++running_->serving;
    }
  } catch (const std::exception& error) {  // Asio's is no std::system_error
    stop();
    return fail("cannot_start", std::string("no descriptors or threads left: ") + error.what());
  }
  return {};
}

Result<std::vector<detail::Listening>> Server::Running::bind(const std::vector<ListenAddress>& all,
                                                             unsigned count) {
  std::vector<detail::Listening> listening;
  for (const ListenAddress& address : all) {
    auto bound = detail::listen_on(address, count);
    if (!bound) {
      unbind();
      return std::unexpected(bound.error());
    }
    addresses.push_back(bound->address);
    files.push_back(std::move(bound->file));
    listening.push_back(std::move(*bound));
  }
  return listening;
}

void Server::Running::unbind() {
  addresses.clear();
  files.clear();
}

void Server::Running::serve(detail::ServerLoop& loop) noexcept {
  loop.run();
  std::vector<std::function<void()>> told;
  {
    const std::lock_guard lock(mutex);
    if (--serving == 0) told.swap(drained);
  }
  for (const auto& tell : told) tell();
}

std::vector<ListenAddress> Server::addresses() const {
  const std::lock_guard lock(running_->mutex);
  return running_->addresses;
}

void Server::drain(std::function<void()> drained) {
  bool first = false;
  {
    const std::lock_guard lock(running_->mutex);
    first = !std::exchange(running_->draining, true);
    if (running_->serving > 0) running_->drained.push_back(std::exchange(drained, {}));
  }
  if (drained) return drained();  // nothing runs
  if (!first) return;
  service_.draining();
  for (const auto& loop : running_->loops) loop->drain();
}

void Server::stop() {
  const std::lock_guard one_at_a_time(running_->ending);
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(running_->mutex);
    threads.swap(running_->threads);
    running_->unbind();
  }
  for (const auto& loop : running_->loops) loop->stop();
  for (std::thread& thread : threads) thread.join();
  running_->workers
      .reset();  // what has begun ends, and its results come back to loops that stand still
  for (const auto& loop : running_->loops) loop->loop().run_posted();
}

Workers& Server::workers() noexcept { return *running_->workers; }

ServerStats Server::stats() const noexcept {
  ServerStats sum;
  for (const auto& loop : running_->loops) {
    const detail::LoopCounters& one = std::as_const(*loop).counters();
    sum.accepted += one.accepted.value();
    sum.connections += one.connections.value();
    sum.requests += one.requests.value();
    sum.running += one.running.value();
    sum.malformed += one.malformed.value();
    sum.too_large += one.too_large.value();
    sum.timed_out += one.timed_out.value();
    sum.accept_paused += one.accept_paused.value();
    sum.accept_failed += one.accept_failed.value();
    sum.dropped_in_drain += one.dropped_in_drain.value();
  }
  return sum;
}

}  // namespace lift
