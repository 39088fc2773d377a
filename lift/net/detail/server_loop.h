#pragma once
// What one thread of a server owns: its loop, acceptors, connections and exchanges, and its way
// to the end.
//
// Thread-safety: drain(), stop() and counters() from any thread, the rest from the loop's own.
// Cost: nothing is shared between loops but the service.

#include <memory>
#include <optional>
#include <vector>

#include "lift/net/detail/acceptor.h"
#include "lift/net/detail/connection.h"
#include "lift/net/detail/counter.h"
#include "lift/net/detail/net_loop.h"
#include "lift/net/server.h"

namespace lift::detail {

struct LoopCounters {
  Counter accepted;
  Counter connections;
  Counter requests;
  Counter running;
  Counter malformed;
  Counter too_large;
  Counter timed_out;
  Counter accept_paused;
  Counter accept_failed;
  Counter dropped_in_drain;
};

class ServerLoop {
 public:
  /// All outlive it.
  ServerLoop(const ServerOptions& options, Service& service, Workers& workers);
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  // --- from the server
  void add_listener(UniqueFd socket, int family);
  /// Serves on this thread until stopped or drained, then drops what is left.
  void run() noexcept;
  void drain() noexcept { loop_.post(drain_); }
  void stop() noexcept { loop_.stop(); }

  // --- from acceptors, connections and exchanges
  [[nodiscard]] NetLoop& loop() noexcept { return loop_; }
  [[nodiscard]] Service& service() noexcept { return service_; }
  [[nodiscard]] TaskScope& scope() noexcept { return *scope_; }
  [[nodiscard]] const ServerLimits& limits() const noexcept { return options_.limits; }
  [[nodiscard]] LoopCounters& counters() noexcept { return counters_; }
  [[nodiscard]] const LoopCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] bool draining() const noexcept { return phase_ != Phase::serving; }
  /// No new connection comes any more.
  [[nodiscard]] bool finishing() const noexcept { return phase_ == Phase::finishing; }
  [[nodiscard]] bool full() const noexcept {
    return counters_.connections.value() >= options_.limits.connections_per_loop;
  }
  [[nodiscard]] std::string_view date(Instant now) noexcept { return date_.at(now, loop_.clock()); }
  /// The transport of a new connection: what a listener with TLS will choose differently.
  [[nodiscard]] std::unique_ptr<Stream> open(UniqueFd socket, StreamEvents& events);
  void welcome(UniqueFd socket, const IpAddress& peer) noexcept;
  void remove(Connection& connection) noexcept;
  /// Memory for bytes on their way, lent for as long as a connection has some: idle ones hold none,
  /// and the same few cache lines serve all.
  void lend(ReadBuffer& to) noexcept { std::swap(to, spare_input_); }
  void lend(std::string& to) noexcept { to.swap(spare_output_); }
  void give_back(ReadBuffer& from) noexcept;
  void give_back(std::string& from) noexcept;
  [[nodiscard]] Exchange& acquire();
  /// It is made ready again by recycle(), as its run may still be on the stack.
  void retire(Exchange& exchange) noexcept;
  /// At the beginning of an event, when no run is on the stack.
  void recycle() noexcept;

 private:
  enum class Phase : std::uint8_t { serving, lame_duck, door, finishing };
  struct Drain final : Posted {
    explicit Drain(ServerLoop& server) noexcept
        : Posted([](Posted& posted) noexcept { static_cast<Drain&>(posted).owner.next_phase(); }),
          owner(server) {}
    ServerLoop& owner;
  };
  struct PhaseTimer final : Timer {
    explicit PhaseTimer(ServerLoop& server) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<PhaseTimer&>(timer).owner.next_phase(); }),
          owner(server) {}
    ServerLoop& owner;
  };

  void next_phase() noexcept;
  void begin_finishing() noexcept;
  void check_finished() noexcept;
  void tear_down() noexcept;
  [[nodiscard]] bool still_waiting() noexcept;

  const ServerOptions& options_;
  Service& service_;
  NetLoop loop_;
  std::optional<TaskScope> scope_;
  LoopCounters counters_;
  DateCache date_;
  ReadBuffer spare_input_;
  std::string spare_output_;
  Drain drain_{*this};
  PhaseTimer phase_timer_{*this};
  Phase phase_ = Phase::serving;
  Instant finish_by_ = kNever;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  IntrusiveList<Connection> connections_;  // owned; each deletes itself through remove()
  IntrusiveList<Exchange> free_;
  IntrusiveList<Exchange> retired_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace lift::detail
