#pragma once
// How long a client waits, how much it takes, whom it trusts.
//
// Thread-safety: plain values.
// Cost: at start only.

#include <cstddef>
#include <cstdint>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

/// Whom an https connection trusts, and as whom it comes. Files are read once, by a worker, when
/// the first https request is sent; what cannot be read fails that request with `tls_failed`.
struct TlsOptions {
  /// PEM file of authorities, and directory of such files by hash. Where both are empty, the
  /// system's trust store.
  std::string ca_file;
  std::string ca_path;
  /// False accepts any certificate from anybody: for tests alone.
  bool verify = true;
  TlsVersion min_version = TlsVersion::tls_1_2;
  /// PEM files of the client's own certificate chain and its key: both or none.
  std::string certificate_file;
  std::string key_file;
};

struct HttpClientOptions {
  /// Name lookup, TCP and TLS together: 1 ms to 1 h; `connect_timeout`.
  Duration connect_timeout = std::chrono::seconds(5);
  /// Without a byte of the response, from the request's last one: 1 ms to 1 h; `timeout`.
  Duration read_timeout = std::chrono::seconds(30);
  /// Without the peer taking a byte: 1 ms to 1 h; `timeout`.
  Duration write_timeout = std::chrono::seconds(30);
  /// In line for a connection: 1 ms to 1 h; `busy`.
  Duration queue_timeout = std::chrono::seconds(5);

  std::size_t connections_per_host = 16;  ///< by scheme, host and port: 1 to 10,000
  std::size_t queue_per_host = 256;       ///< requests in line, 0 to 100,000; beyond: `busy`
  std::size_t hosts = 64;                 ///< with connections, 1 to 10,000; beyond: `busy`
  Duration idle_time = std::chrono::seconds(60);  ///< then an idle connection is closed: 0 to 24 h
  Duration dns_time = std::chrono::seconds(30);   ///< a name's addresses are kept: 0 to 24 h

  std::size_t response_head = 64 * 1024;          ///< bytes, 256 to 1 MiB; beyond: `too_large`
  std::size_t response_fields = 100;              ///< 1 to 10,000; beyond: `too_large`
  std::uint64_t response_body = 4 * 1024 * 1024;  ///< bytes, 0 to 1 TiB; beyond: `too_large`

  std::string user_agent = "lift";  ///< where a request brings none; empty: none is sent
  TlsOptions tls;

  /// All problems at once.
  [[nodiscard]] Problems validate() const;
};

}  // namespace lift
