#include "migrations.h"

#include <array>
#include <string>

namespace payments {
namespace {

// Step n brings version n to n + 1. A step that was released is never changed.
constexpr std::array<std::string_view, kSchemaVersion> kSteps = {
    // seq, and not created_at, is the order of lists: it never stands still nor goes back.
    R"(CREATE TABLE payments (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         tenant TEXT NOT NULL,
         id TEXT NOT NULL,
         amount INTEGER NOT NULL CHECK (amount > 0),
         currency TEXT NOT NULL,
         refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
         description TEXT,
         created_at TEXT NOT NULL,
         UNIQUE (tenant, id)
       ) STRICT;
       CREATE INDEX payments_by_tenant ON payments (tenant, seq);)",
    // claim is never used twice, so that a runner whose claim expired cannot end its successor's.
    R"(CREATE TABLE idempotency_keys (
         claim INTEGER PRIMARY KEY AUTOINCREMENT,
         tenant TEXT NOT NULL,
         method TEXT NOT NULL,
         path TEXT NOT NULL,
         key TEXT NOT NULL,
         body_hash TEXT NOT NULL,
         expires_at INTEGER NOT NULL,
         status INTEGER,
         location TEXT,
         body TEXT,
         UNIQUE (tenant, method, path, key)
       ) STRICT;
       CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);)",
};

lift::Result<std::int64_t> read_number(Connection& connection, std::string_view sql) {
  lift::Result<Query> query = connection.query(sql);
  if (!query) return std::unexpected(query.error());
  const lift::Result<bool> row = query->next();
  if (!row) return std::unexpected(row.error());
  return query->integer(0);
}

lift::Result<> check(Connection& connection, std::int64_t version) {
  if (version > kSchemaVersion) {
    return lift::fail("store_newer", "the file has schema version " + std::to_string(version) +
                                         ", this program knows up to " +
                                         std::to_string(kSchemaVersion));
  }
  if (version > 0) return {};
  const auto tables = read_number(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*tables == 0) return {};
  return lift::fail("store_foreign", "the file is a database of another program");
}

/// Takes the next step; false when there is none.
lift::Result<bool> step(Connection& connection, int to) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::unexpected(transaction.error());
  const auto version = read_number(connection, "PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (auto known = check(connection, *version); !known) return std::unexpected(known.error());
  if (*version >= to) return false;
  const std::string sql = std::string(kSteps[static_cast<std::size_t>(*version)]) +
                          "PRAGMA user_version = " + std::to_string(*version + 1);
  if (auto done = connection.run(sql); !done) return std::unexpected(done.error());
  if (auto kept = transaction->commit(); !kept) return std::unexpected(kept.error());
  return true;
}

}  // namespace

lift::Result<> migrate(Connection& connection, int to) {
  while (true) {
    const lift::Result<bool> more = step(connection, to);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

}  // namespace payments
