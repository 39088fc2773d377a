#pragma once
// From a URL to a connection: its addresses, tried in turn, then TLS.
//
// Thread-safety: belongs to one loop.
// Cost: a connection over loopback about 50 µs, with TLS about 1 ms.

#include <memory>
#include <string>

#include "lift/base/task.h"
#include "lift/http/transport.h"
#include "lift/net/detail/client_connection.h"
#include "lift/net/detail/client_setting.h"
#include "lift/net/detail/resolver.h"

namespace lift::detail {

class Dialer {
 public:
  explicit Dialer(ClientSetting& setting) noexcept : setting_(setting), resolver_(setting) {}

  /// `url` outlives the task. Errors: `resolve_failed`, `connect_failed`, `tls_failed`, `busy`;
  /// `timeout` where `deadline` came first, `connect_timeout` where the option's time was over.
  Task<Result<ClientConnection::Owner>> dial(const Url& url, Instant deadline);

 private:
  Task<Result<ClientConnection::Owner>> dial_by(const Url& url, Instant until);
  Task<Result<std::vector<IpAddress>>> addresses(const Url& url, Instant until);
  Task<Result<ClientConnection::Owner>> connect(IpAddress address, const Url& url, TlsContext* tls,
                                                Instant until);
  Task<Result<std::shared_ptr<TlsContext>>> trust(Instant until);
  Task<Result<std::shared_ptr<TlsContext>>> load();
  Task<Result<>> shake_hands(ClientConnection& connection, const Url& url, Instant until);

  ClientSetting& setting_;
  Resolver resolver_;
  std::shared_ptr<TlsContext> tls_;
};

}  // namespace lift::detail
