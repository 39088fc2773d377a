#include "sqlite_store.h"

#include <utility>

#include "migrations.h"

namespace payments {
namespace {

constexpr std::uint64_t kPageBytes = 4096;  // SQLite's default

lift::Result<> check(const StoreOptions& options) {
  lift::Problems problems;
  if (options.busy_timeout.count() < 0 || options.busy_timeout > std::chrono::hours(1)) {
    problems.add("busy_timeout", std::to_string(options.busy_timeout.count()) + " ms",
                 "must be from 0 to 1 hour");
  }
  if (options.readers < 1 || options.readers > 64) {
    problems.add("readers", std::to_string(options.readers), "must be from 1 to 64");
  }
  if (options.max_bytes < 65'536) {
    problems.add("max_bytes", std::to_string(options.max_bytes), "must be at least 65536");
  }
  return problems.as_result();
}

/// Changes nothing in a file that is not ours.
lift::Result<Connection> open_writer(const std::filesystem::path& file,
                                     const StoreOptions& options) {
  const bool fresh = !std::filesystem::exists(file);
  auto writer = Connection::open(file, {options.busy_timeout, false});
  if (!writer) return writer;
  if (fresh) {
    using std::filesystem::perms;
    std::error_code ignored;  // where a file system knows no owners, there is nothing to protect
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write, ignored);
  }
  if (auto ready = migrate(*writer); !ready) return std::unexpected(ready.error());
  const std::string settings =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA max_page_count = " +
      std::to_string(options.max_bytes / kPageBytes);
  if (auto set = writer->run(settings); !set) return std::unexpected(set.error());
  return writer;
}

Payment read_payment(const Query& row) {
  Payment payment;
  payment.id = row.text(0);
  payment.amount = row.integer(1);
  payment.currency = row.text(2);
  payment.refunded_amount = row.integer(3);
  payment.description = row.optional_text(4);
  payment.created_at = row.text(5);
  update_status(payment);
  return payment;
}

/// The place of a cursor in the order of lists. A cursor is the id of the last payment shown, which
/// says nothing to another tenant.
lift::Result<std::int64_t> place_of(Connection& connection, std::string_view tenant,
                                    std::string_view cursor) {
  if (cursor.empty()) return INT64_MAX;
  auto row =
      connection.query("SELECT seq FROM payments WHERE tenant = ?1 AND id = ?2", tenant, cursor);
  if (!row) return std::unexpected(row.error());
  const auto found = row->next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return bad_cursor();
  return row->integer(0);
}

}  // namespace

lift::Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                             StoreOptions options) {
  if (auto valid = check(options); !valid) return std::unexpected(valid.error());
  auto writer = open_writer(file, options);
  if (!writer) {
    // Not every message of SQLite names the file, and here it is what the reader needs most.
    lift::Error error = std::move(writer).error();
    if (!error.message.starts_with(file.string())) {
      error.message = file.string() + ": " + error.message;
    }
    return std::unexpected(std::move(error));
  }
  std::vector<Connection> readers;
  for (unsigned i = 0; i < options.readers; ++i) {
    auto reader = Connection::open(file, {options.busy_timeout, true});
    if (!reader) return std::unexpected(std::move(reader).error());
    readers.push_back(*std::move(reader));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(writer), std::move(readers)));
}

lift::Result<> SqliteStore::insert(Connection& connection, std::string_view tenant,
                                   const Payment& payment) {
  const auto inserted = connection.change(
      "INSERT INTO payments (tenant, id, amount, currency, refunded, description, created_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      tenant, payment.id, payment.amount, payment.currency, payment.refunded_amount,
      payment.description, payment.created_at);
  if (!inserted) return std::unexpected(inserted.error());
  return {};
}

lift::Result<> SqliteStore::create(std::string_view tenant, const Payment& payment) {
  return insert(*connections_.writer(), tenant, payment);
}

lift::Result<Payment> SqliteStore::find(std::string_view tenant, std::string_view id) {
  const auto connection = connections_.reader();
  auto row = connection->query(
      "SELECT id, amount, currency, refunded, description, created_at FROM payments"
      " WHERE tenant = ?1 AND id = ?2",
      tenant, id);
  if (!row) return std::unexpected(row.error());
  const auto found = row->next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return no_payment();
  return read_payment(*row);
}

lift::Result<> SqliteStore::ping() {
  const auto connection = connections_.reader();
  auto rows = connection->query("SELECT count(*) FROM sqlite_schema");
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->next();
  return row ? lift::Result<>() : std::unexpected(row.error());
}

lift::Result<Page> SqliteStore::list(std::string_view tenant, std::string_view cursor,
                                     std::size_t limit) {
  if (auto valid = check_limit(limit); !valid) return std::unexpected(valid.error());
  const auto connection = connections_.reader();
  const auto place = place_of(*connection, tenant, cursor);
  if (!place) return std::unexpected(place.error());
  auto rows = connection->query(
      "SELECT id, amount, currency, refunded, description, created_at FROM payments"
      " WHERE tenant = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
      tenant, *place, static_cast<std::int64_t>(limit + 1));
  if (!rows) return std::unexpected(rows.error());
  Page page;
  while (true) {
    const auto more = rows->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return page;
    if (page.payments.size() == limit) {
      page.next = page.payments.back().id;
      return page;
    }
    page.payments.push_back(read_payment(*rows));
  }
}

lift::Result<Payment> SqliteStore::refund(std::string_view tenant, std::string_view id,
                                          std::int64_t amount) {
  if (auto valid = check_amount(amount); !valid) return std::unexpected(valid.error());
  const auto connection = connections_.writer();
  // One statement, so no two refunds can both see the same remainder.
  auto row = connection->query(
      "UPDATE payments SET refunded = refunded + ?3"
      " WHERE tenant = ?1 AND id = ?2 AND amount - refunded >= ?3"
      " RETURNING id, amount, currency, refunded, description, created_at",
      tenant, id, amount);
  if (!row) return std::unexpected(row.error());
  auto changed = row->next();
  if (!changed) return std::unexpected(changed.error());
  if (!*changed) {
    const auto payment = find(tenant, id);
    if (!payment) return payment;
    return refund_too_large(*payment, amount);
  }
  Payment payment = read_payment(*row);
  changed = row->next();  // the change is kept when the statement has run to its end
  if (!changed) return std::unexpected(changed.error());
  return payment;
}

}  // namespace payments
