#include "sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace payments {
namespace {

std::string_view code_of(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "store_busy";
    case SQLITE_FULL:
      return "store_full";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "store_corrupt";
    default:
      return "store_unavailable";
  }
}

std::unexpected<lift::Error> failure(sqlite3* handle) {
  const char* file = sqlite3_db_filename(handle, "main");
  return lift::fail(code_of(sqlite3_errcode(handle)),
                    std::string(file == nullptr ? "" : file) + ": " + sqlite3_errmsg(handle));
}

}  // namespace

Query::Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

lift::Result<bool> Query::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_));
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::text(int column) const { return optional_text(column).value_or(""); }

std::optional<std::string> Query::optional_text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

bool Query::bind(int at, std::int64_t value) {
  return sqlite3_bind_int64(statement_, at, value) == SQLITE_OK;
}

bool Query::bind(int at, std::string_view value) {
  // A view without data would bind NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  return sqlite3_bind_text64(statement_, at, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) ==
         SQLITE_OK;
}

bool Query::bind_null(int at) { return sqlite3_bind_null(statement_, at) == SQLITE_OK; }

lift::Result<> Query::bind_failed() const { return failure(sqlite3_db_handle(statement_)); }

void Connection::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

void Connection::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

lift::Result<Connection> Connection::open(const std::filesystem::path& file,
                                          const Options& options) {
  const int mode =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &handle, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return lift::fail("store_unavailable", "no memory for a connection");
  Connection connection(handle);
  if (result != SQLITE_OK) {
    return lift::fail(code_of(result), file.string() + ": " + sqlite3_errmsg(handle));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  return connection;
}

lift::Result<> Connection::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(handle_.get());
  }
  return {};
}

lift::Result<Query> Connection::prepare(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      return failure(handle_.get());
    }
    found = statements_.try_emplace(std::string(sql), statement).first;
  }
  return Query(found->second.get());
}

int Connection::changed_rows() const { return sqlite3_changes(handle_.get()); }

std::int64_t Connection::last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

lift::Result<Transaction> Transaction::begin(Connection& connection) {
  if (auto begun = connection.run("BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(std::move(begun).error());
  }
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // Fails only where SQLite has rolled back by itself, as on a full disk.
  if (connection_ != nullptr) (void)connection_->run("ROLLBACK");
}

lift::Result<> Transaction::commit() {
  auto committed = connection_->run("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

Connections::Connections(Connection writer, std::vector<Connection> readers)
    : writer_(std::move(writer)), readers_(std::move(readers)) {
  free_writers_.push_back(&writer_);
  for (Connection& reader : readers_) free_readers_.push_back(&reader);
}

Connections::Lease::Lease(Connections& owner, Connection& connection) noexcept
    : owner_(owner), connection_(connection) {}

Connections::Lease::~Lease() { owner_.give_back(connection_); }

Connections::Lease Connections::writer() { return take(free_writers_); }

Connections::Lease Connections::reader() { return take(free_readers_); }

Connections::Lease Connections::take(std::vector<Connection*>& free) {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return !free.empty(); });
  Connection* connection = free.back();
  free.pop_back();
  return {*this, *connection};
}

void Connections::give_back(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    (&connection == &writer_ ? free_writers_ : free_readers_).push_back(&connection);
  }
  freed_.notify_all();
}

}  // namespace payments
