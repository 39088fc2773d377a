#pragma once
// The destinations xray.daemon and xray.api: kept traces as X-Ray's segment documents, by UDP to
// the daemon beside the service, or by PutTraceSegments.
//
// Thread-safety: belongs to one loop, but for stats().
// Cost: about 1 µs a document to encode; a datagram one system call that never blocks; one request
// a batch of up to 50 documents.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lift/export/batch_sender.h"
#include "lift/export/destination.h"
#include "lift/http/transport.h"
#include "lift/telemetry/resource.h"

namespace lift {

struct XrayApiOptions {
  bool gzip = false;
  SenderOptions sender;

  [[nodiscard]] Problems validate() const;
};

/// Documents that the service leaves unprocessed are sent again if that may help, else counted.
/// `endpoint` such as https://xray.eu-west-1.amazonaws.com/; `transport` signs for the service
/// `xray` and must outlive it. Error `bad_configuration`.
[[nodiscard]] Result<std::unique_ptr<Destination>> make_xray_api(const XrayApiOptions& options,
                                                                 const Resource& resource,
                                                                 Url endpoint,
                                                                 HttpTransport& transport);

struct XrayDaemonOptions {
  /// As AWS_XRAY_DAEMON_ADDRESS has it: "127.0.0.1:2000", or "tcp:… udp:…" in either order.
  std::string address = "127.0.0.1:2000";
};

/// Resolves the daemon's name, which may take a while: for the start. A datagram that the kernel
/// does not take is dropped as `export_failed`, one beyond its size as `oversize`; what becomes of
/// one that is on its way, UDP does not tell. Errors: `bad_configuration`, `resolve_failed`,
/// `socket_failed`.
[[nodiscard]] Result<std::unique_ptr<Destination>> make_xray_daemon(
    const XrayDaemonOptions& options, const Resource& resource);

/// The UDP host and port of such an address.
struct DaemonAddress {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const DaemonAddress&, const DaemonAddress&) = default;
};
[[nodiscard]] std::optional<DaemonAddress> parse_daemon_address(std::string_view text);

}  // namespace lift
