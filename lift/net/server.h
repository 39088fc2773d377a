#pragma once
// The HTTP/1.1 server: sockets, parsing, framing, limits, draining. What a request means is the
// Service's business.
//
//   Server server(options, service);
//   if (auto started = server.start(); !started) …        // which address, and why
//   signals.wait();
//   server.drain([&] { signals.interrupt(); });
//   signals.wait();                                       // drained, or asked a second time
//   server.stop();
//
// A peer that closes its side before it was answered counts as gone, though HTTP allows it to wait
// half-closed: its handler is cancelled.
// Thread-safety: every function of Server from any thread, start() once and first.
// Cost: beside its chain a keep-alive request takes one read and one write; nothing is allocated
// once warm.

#include <exception>
#include <functional>
#include <memory>

#include "lift/base/loop.h"
#include "lift/base/task_scope.h"
#include "lift/chain/chain.h"
#include "lift/chain/context.h"
#include "lift/net/server_options.h"

namespace lift {

/// What the server serves. It outlives the server; all its functions are called on loops, several
/// at a time.
class Service {
 public:
  virtual ~Service() = default;
  /// The chain that answers a request whose head has been read. May set the path's parameters.
  [[nodiscard]] virtual const Chain& route(Context& ctx) noexcept = 0;
  /// The answer to what cannot be read as a request, and so passes no chain. Default: the error.
  [[nodiscard]] virtual Response refuse(Loop&, const HttpError& error) noexcept {
    return error.response("");
  }
  /// What ctx.state() finds; null for nothing.
  [[nodiscard]] virtual AppState* state() noexcept { return nullptr; }
  /// Called once on every loop before it serves. Tasks spawned in `scope` end with the drain.
  virtual void started(Loop&, TaskScope&) noexcept {}
  /// The drain has begun: answer "not ready" from now on. Called once, before anything else of the
  /// drain.
  virtual void draining() noexcept {}
  /// A spawned task ended with this exception.
  virtual void task_failed(std::exception_ptr) noexcept {}
};

/// Counts since the start, and states now. Each is exact; together they are read one after another.
struct ServerStats {
  std::uint64_t accepted = 0;       ///< connections
  std::uint64_t connections = 0;    ///< now open
  std::uint64_t requests = 0;       ///< heads read completely and well
  std::uint64_t running = 0;        ///< requests now between their head and their last layer's end
  std::uint64_t malformed = 0;      ///< answered 400, 417, 501 or 505 before any chain saw them
  std::uint64_t too_large = 0;      ///< answered 413, 414 or 431
  std::uint64_t timed_out = 0;      ///< answered 408, or cut because they took no bytes
  std::uint64_t accept_paused = 0;  ///< times accepting stopped at a limit
  std::uint64_t accept_failed = 0;  ///< connections the system could not give us
  std::uint64_t dropped_in_drain = 0;  ///< requests still running at the drain's deadline
};

class Server {
 public:
  /// `options` must be valid: see start().
  Server(ServerOptions options, Service& service);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// stop().
  ~Server();

  /// Binds every address and begins to serve. Errors, with nothing left bound: `bad_configuration`,
  /// `address_in_use`, `cannot_listen`, `cannot_start`; the message names the address.
  Result<> start();
  /// Where it listens, with the ports that were given.
  [[nodiscard]] std::vector<ListenAddress> addresses() const;

  /// Begins the orderly end: Service::draining(), then the lame-duck time, in which every answer
  /// says `Connection: close`; then the accept queues are emptied and closed, idle connections
  /// closed, and what runs may finish within its time. `drained` is called once, on some thread,
  /// when nothing runs any more. A second call only adds its `drained`.
  void drain(std::function<void()> drained);
  /// Ends at once: what still runs is dropped. Waits for the loops, and for blocking work that has
  /// begun. Not from a loop. Idempotent.
  void stop();

  [[nodiscard]] ServerStats stats() const noexcept;
  /// The pool for blocking work, for use beside the loops. It ends with stop().
  [[nodiscard]] Workers& workers() noexcept;

 private:
  struct Running;
  const ServerOptions options_;
  Service& service_;
  std::unique_ptr<Running> running_;
};

}  // namespace lift
