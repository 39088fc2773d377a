#include "lift/net/detail/client_connection.h"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "lift/net/detail/socket_stream.h"
#include "lift/net/detail/tls.h"

namespace lift::detail {

ClientConnection::Owner ClientConnection::make(NetLoop& loop, UniqueFd socket, TlsContext* tls,
                                               const std::string& host) {
  auto* connection = new ClientConnection(loop);
  try {
    connection->open(std::move(socket), tls, host);
  } catch (...) {
    delete connection;
    throw;
  }
  return Owner(connection);
}

ClientConnection::~ClientConnection() = default;

void ClientConnection::open(UniqueFd socket, TlsContext* tls, const std::string& host) {
  socket_ = socket.get();
  StreamEvents& events = *this;
  if (tls == nullptr) {
    stream_ = std::make_unique<SocketStream>(loop_.poller(), std::move(socket), events);
    return;
  }
  auto secure = std::make_unique<TlsStream>(*tls, host, events);
  secure->over(
      std::make_unique<SocketStream>(loop_.poller(), std::move(socket), secure->below_events()));
  tls_ = secure.get();
  stream_ = std::move(secure);
}

int ClientConnection::connect_error() const noexcept {
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void ClientConnection::wait_readable(Parked& reader) noexcept {
  reader_.push_back(reader);
  stream_->wait_readable();
}

void ClientConnection::wait_writable(Parked& writer) noexcept {
  writer_.push_back(writer);
  stream_->wait_writable();
}

void ClientConnection::readable() noexcept {
  if (!reader_.empty()) return wake_reader();
  if (keeper_ == nullptr) return;
  if (!silent()) return over();
  stream_->wait_readable();  // TLS had something to say to itself
}

void ClientConnection::writable() noexcept {
  if (Parked* writer = writer_.front()) writer->wake();
}

bool ClientConnection::silent() noexcept {
  std::array<char, 1> byte;
  return stream_->read(byte).state == Io::State::again;
}

void ClientConnection::rest(Keeper& keeper, Instant until) noexcept {
  keeper_ = &keeper;
  loop_.timers().arm(alarm_, until);
  stream_->wait_readable();
}

bool ClientConnection::wake() noexcept {
  keeper_ = nullptr;
  alarm_.cancel();
  return silent();
}

void ClientConnection::over() noexcept { std::exchange(keeper_, nullptr)->idle_over(*this); }

void ClientConnection::close(bool abort) noexcept {
  keeper_ = nullptr;
  alarm_.cancel();
  stream_->close(abort);
}

}  // namespace lift::detail
