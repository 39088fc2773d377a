#pragma once
// SQLite as values and results: connections, queries, transactions, and a pool of them.
//
// Thread-safety: a Connection and what comes from it belong to one thread at a time; Connections
// may be used by all. Cost: statements are prepared once per connection.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace payments {

/// The rows of one statement, from the first on. Resets the statement when it goes.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  /// Moves to the next row; false after the last.
  [[nodiscard]] lift::Result<bool> next();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;

 private:
  friend class Connection;
  explicit Query(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  bool bind(int at, std::int64_t value);
  bool bind(int at, std::string_view value);
  bool bind_null(int at);
  template <class Text>
  bool bind(int at, const std::optional<Text>& value) {
    return value ? bind(at, std::string_view(*value)) : bind_null(at);
  }
  lift::Result<> bind_failed() const;

  sqlite3_stmt* statement_;
};

class Connection {
 public:
  struct Options {
    std::chrono::milliseconds busy_timeout;  ///< how long to wait for another process's lock
    bool read_only;
  };
  /// Opens or creates `file`. Errors: see error codes of Store.
  static lift::Result<Connection> open(const std::filesystem::path& file, const Options& options);

  /// Runs statements that need no values and give no rows.
  lift::Result<> run(const std::string& sql);
  /// Starts `sql`, which is the same text each time, with its ?1, ?2 … bound to `values`.
  template <class... Values>
  lift::Result<Query> query(std::string_view sql, const Values&... values) {
    lift::Result<Query> query = prepare(sql);
    if (!query) return query;
    int at = 0;
    const bool bound = (query->bind(++at, values) && ...);
    if (!bound) return std::unexpected(query->bind_failed().error());
    return query;
  }
  /// Runs a statement for its effect; the number of rows it changed.
  template <class... Values>
  lift::Result<int> change(std::string_view sql, const Values&... values) {
    lift::Result<Query> changing = query(sql, values...);
    if (!changing) return std::unexpected(changing.error());
    const lift::Result<bool> done = changing->next();
    if (!done) return std::unexpected(done.error());
    return changed_rows();
  }
  [[nodiscard]] std::int64_t last_row_id() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Connection(sqlite3* handle) noexcept : handle_(handle) {}
  lift::Result<Query> prepare(std::string_view sql);
  [[nodiscard]] int changed_rows() const;

  std::unique_ptr<sqlite3, Close> handle_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

/// Undone when it goes, unless committed.
class Transaction {
 public:
  /// Takes the write lock at once, so that what was read inside still holds when it commits.
  static lift::Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  lift::Result<> commit();

 private:
  explicit Transaction(Connection& connection) noexcept : connection_(&connection) {}
  Connection* connection_;
};

/// One connection that writes and several that only read; each is lent to one thread at a time.
class Connections {
 public:
  Connections(Connection writer, std::vector<Connection> readers);

  class Lease {
   public:
    Lease(Connections& owner, Connection& connection) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    [[nodiscard]] Connection& operator*() const noexcept { return connection_; }
    [[nodiscard]] Connection* operator->() const noexcept { return &connection_; }

   private:
    Connections& owner_;
    Connection& connection_;
  };
  /// Both wait until one is free.
  [[nodiscard]] Lease writer();
  [[nodiscard]] Lease reader();

 private:
  Lease take(std::vector<Connection*>& free);
  void give_back(Connection& connection);

  Connection writer_;
  std::vector<Connection> readers_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Connection*> free_writers_;
  std::vector<Connection*> free_readers_;
};

}  // namespace payments
