#pragma once
// A client's connections, kept by scheme, host and port: so many each, idle ones closed in time,
// and a bounded line of those who wait for one.
//
// Thread-safety: belongs to one loop.
// Cost: a used connection one system call, which sees whether it still lives.

#include <compare>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lift/net/detail/client_connection.h"
#include "lift/net/detail/client_setting.h"
#include "lift/net/detail/dialer.h"

namespace lift::detail {

class ConnectionPool final : private ClientConnection::Keeper {
  struct Host;

 public:
  /// The right to one connection, and the connection. Ends it when destroyed, unless it was kept.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : pool_(other.pool_),
          host_(std::exchange(other.host_, nullptr)),
          connection_(std::move(other.connection_)),
          reused_(other.reused_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (host_ != nullptr) pool_->end(*host_, std::move(connection_));
    }
    [[nodiscard]] ClientConnection& connection() noexcept { return *connection_; }
    [[nodiscard]] bool reused() const noexcept { return reused_; }
    /// For the next request.
    void keep() noexcept { pool_->pass_on(*std::exchange(host_, nullptr), std::move(connection_)); }
    /// An orderly end.
    void finish() noexcept { ClientConnection::finish(std::move(connection_)); }

   private:
    friend class ConnectionPool;
    explicit Lease(ConnectionPool& pool) noexcept : pool_(&pool) {}

    ConnectionPool* pool_;
    Host* host_ = nullptr;  // null: no right to any
    ClientConnection::Owner connection_;
    bool reused_ = false;
  };

  explicit ConnectionPool(ClientSetting& setting) noexcept : setting_(setting), dialer_(setting) {}

  /// `url` outlives the task; with `fresh` no used connection will do. Errors: those of
  /// Dialer::dial(), and `busy`.
  Task<Result<Lease>> acquire(const Url& url, Instant deadline, bool fresh);
  /// Ends idle connections; none is kept any more.
  void close() noexcept;

 private:
  /// A request in line. What it was given and has not taken goes to the next.
  class Waiter final : public Parked {
   public:
    Waiter(ConnectionPool& pool, Host& host, Instant until, bool fresh) noexcept;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter();
    void give(ClientConnection::Owner connection) noexcept;
    [[nodiscard]] ClientConnection::Owner take() noexcept;

   private:
    ConnectionPool& pool_;
    Host& host_;
    const bool fresh_;
    bool taken_ = false;
    ClientConnection::Owner connection_;
  };
  using Idle = std::vector<ClientConnection::Owner>;  // the last one was used last
  struct Key {
    bool secure;
    std::uint16_t port;
    std::string host;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Host {
    Key key;
    std::size_t open = 0;  // idle ones, and those being made, included
    std::size_t waiting = 0;
    Instant used = Instant::min();
    Idle idle;
    IntrusiveList<Waiter> line;
  };

  [[nodiscard]] Host* find_or_add(const Url& url);
  [[nodiscard]] bool make_room();
  /// Gives `lease` the right to a connection, and a used one that lives if there is one.
  Task<Result<>> get_place(Host& host, Lease& lease, Instant deadline, bool fresh);
  Task<Result<>> stand_in_line(Host& host, Lease& lease, Instant deadline, bool fresh);
  [[nodiscard]] bool take_idle(Host& host, Lease& lease) noexcept;
  void end_idle(Host& host, Idle::iterator which) noexcept;
  /// To who waits first, else among the idle ones; without a connection, the right to make one.
  void pass_on(Host& host, ClientConnection::Owner connection) noexcept;
  void end(Host& host, ClientConnection::Owner connection) noexcept;
  void forget_if_unused(Host& host) noexcept;
  void idle_over(ClientConnection& connection) noexcept override;

  ClientSetting& setting_;
  Dialer dialer_;
  std::map<Key, Host> hosts_;
  bool closed_ = false;
};

}  // namespace lift::detail
