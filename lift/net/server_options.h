#pragma once
// Where a server listens, what it accepts and how long it waits.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/offload.h"

namespace lift {

/// One place to listen: a TCP port, or a Unix-domain socket if `unix_path` is given.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< an IP address, never a name; "0.0.0.0" or "::" for all
  std::uint16_t port = 0;          ///< 0: any free one, see Server::addresses()
  std::string unix_path;           ///< at most 107 bytes

  /// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/app.sock". Errors: `bad_address`.
  [[nodiscard]] static Result<ListenAddress> parse(std::string_view text);
  /// The form that parse() reads.
  [[nodiscard]] std::string to_string() const;
};

/// What one client may ask of the server. Beyond a limit it gets the status named here.
struct ServerLimits {
  std::size_t request_line = 8 * 1024;   ///< bytes, 64 to 1 MiB; 414
  std::size_t header_bytes = 32 * 1024;  ///< 256 to 1 MiB; 431
  std::size_t header_count = 100;        ///< 1 to 10,000; 431
  std::uint64_t body = 1024 * 1024;      ///< bytes, 0 to 1 TiB, where the route says nothing; 413
  Duration header_time = std::chrono::seconds(10);  ///< from the head's first byte to its last; 408
  Duration body_time =
      std::chrono::seconds(30);    ///< without progress, and for the whole body, extended by …
  std::uint64_t body_rate = 1024;  ///< … one second for so many bytes received; 408
  Duration idle_time = std::chrono::seconds(60);    ///< between requests; closed
  Duration write_time = std::chrono::seconds(30);   ///< without the client taking a byte; reset
  std::uint64_t requests_per_connection = 100'000;  ///< then `Connection: close`
  std::size_t connections_per_loop = 10'000;        ///< beyond it accepting pauses

  [[nodiscard]] Problems validate() const;
};

struct ServerOptions {
  std::vector<ListenAddress> listen{ListenAddress{"127.0.0.1", 8080, ""}};
  /// Event loops, one thread each, 1 to 1024. Default: the usable cores.
  std::optional<unsigned> loops;
  ServerLimits limits;
  /// While draining, how long requests are still taken so that balancers notice: 0 to 1 h.
  Duration lame_duck = std::chrono::seconds(5);
  /// How long running requests may then take before they are dropped: 0 to 1 h.
  Duration finish_within = std::chrono::seconds(30);
  /// The threads for blocking work.
  WorkerPool::Options workers;

  /// All problems at once.
  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
