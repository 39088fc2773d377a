#include <utility>

#include "sqlite_store.h"

namespace payments {
namespace {

std::int64_t milliseconds(lift::WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

/// Removes what has expired: this key's record, so that it counts as absent, and some others, more
/// than any request adds, so that they never pile up.
lift::Result<> purge(Connection& connection, std::string_view tenant, const KeyedRequest& request,
                     lift::WallTime now) {
  const auto own = connection.change(
      "DELETE FROM idempotency_keys WHERE tenant = ?1 AND method = ?2 AND path = ?3 AND key = ?4"
      " AND expires_at <= ?5",
      tenant, request.method, request.path, request.key, milliseconds(now));
  if (!own) return std::unexpected(own.error());
  const auto others = connection.change(
      "DELETE FROM idempotency_keys WHERE claim IN"
      " (SELECT claim FROM idempotency_keys WHERE expires_at <= ?1 LIMIT 8)",
      milliseconds(now));
  if (!others) return std::unexpected(others.error());
  return {};
}

/// What the record of this key says; nothing if there is none.
lift::Result<std::optional<Begun>> look_up(Connection& connection, std::string_view tenant,
                                           const KeyedRequest& request) {
  auto row = connection.query(
      "SELECT body_hash, status, location, body FROM idempotency_keys"
      " WHERE tenant = ?1 AND method = ?2 AND path = ?3 AND key = ?4",
      tenant, request.method, request.path, request.key);
  if (!row) return std::unexpected(row.error());
  const auto found = row->next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  if (row->text(0) != request.body_hash) return Begun{Begun::Kind::mismatch, {}, {}};
  const auto status = static_cast<int>(row->integer(1));
  if (status == 0) return Begun{Begun::Kind::running, {}, {}};
  return Begun{Begun::Kind::replay, {}, {status, row->text(2), row->text(3)}};
}

lift::Result<Begun> claim(Connection& connection, std::string_view tenant,
                          const KeyedRequest& request, lift::WallTime now) {
  const auto inserted = connection.change(
      "INSERT INTO idempotency_keys (tenant, method, path, key, body_hash, expires_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      tenant, request.method, request.path, request.key, request.body_hash,
      milliseconds(now + Store::kClaimExpiry));
  if (!inserted) return std::unexpected(inserted.error());
  return Begun{Begun::Kind::fresh, {.id = connection.last_row_id()}, {}};
}

lift::Result<> finish(Connection& connection, std::string_view tenant, const Claim& claim,
                      const Reply& reply, lift::WallTime now) {
  const auto finished = connection.change(
      "UPDATE idempotency_keys SET status = ?3, location = ?4, body = ?5, expires_at = ?6"
      " WHERE tenant = ?1 AND claim = ?2 AND status IS NULL",
      tenant, claim.id, std::int64_t{reply.status}, reply.location, reply.body,
      milliseconds(now + Store::kKeepReplies));
  if (!finished) return std::unexpected(finished.error());
  if (*finished == 1) return {};
  return claim_lost();
}

}  // namespace

lift::Result<Begun> SqliteStore::begin(std::string_view tenant, const KeyedRequest& request,
                                       lift::WallTime now) {
  if (auto valid = check_key(request); !valid) return std::unexpected(valid.error());
  const auto connection = connections_.writer();
  auto transaction = Transaction::begin(*connection);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto purged = purge(*connection, tenant, request, now); !purged) {
    return std::unexpected(purged.error());
  }
  auto known = look_up(*connection, tenant, request);
  if (!known) return std::unexpected(known.error());
  auto begun =
      *known ? lift::Result<Begun>(**std::move(known)) : claim(*connection, tenant, request, now);
  if (!begun) return begun;
  if (auto kept = transaction->commit(); !kept) return std::unexpected(kept.error());
  return begun;
}

lift::Result<> SqliteStore::complete(std::string_view tenant, const Claim& claim,
                                     const Reply& reply, lift::WallTime now) {
  return finish(*connections_.writer(), tenant, claim, reply, now);
}

lift::Result<> SqliteStore::abandon(std::string_view tenant, const Claim& claim) {
  const auto removed = connections_.writer()->change(
      "DELETE FROM idempotency_keys WHERE tenant = ?1 AND claim = ?2 AND status IS NULL", tenant,
      claim.id);
  if (!removed) return std::unexpected(removed.error());
  return {};
}

lift::Result<> SqliteStore::create(std::string_view tenant, const Payment& payment,
                                   const Claim& claim, const Reply& reply, lift::WallTime now) {
  const auto connection = connections_.writer();
  auto transaction = Transaction::begin(*connection);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto kept = insert(*connection, tenant, payment); !kept) return kept;
  if (auto done = finish(*connection, tenant, claim, reply, now); !done) return done;
  return transaction->commit();
}

}  // namespace payments
