#include "dynamo_tasks.h"

#include <utility>

#include "lift/base/loop.h"
#include "lift/base/sleep.h"

namespace payments {
namespace {

using lift::Result;
using lift::Task;

/// Of a change that others make as well.
constexpr int kTries = 20;

std::unexpected<lift::Error> failed(const lift::Error& error) {
  return std::unexpected(store_error(error));
}

std::unexpected<lift::Error> contended() {
  return lift::fail("store_busy", "others change the same item all the time");
}

/// A little later, and not when the others are.
lift::SleepAwaiter pause(int tries) {
  const auto most = 5 * static_cast<std::uint64_t>(tries);
  return lift::sleep(std::chrono::milliseconds(lift::Loop::current().random().below(most)));
}

/// A payment that a reply promises is stored before the reply is given again.
Task<Result<>> settle(Payments payments, Keys keys, KeyItem item) {
  if (!item.made) co_return Result<>();
  Task<Result<>> keeping = keep(std::move(payments), *item.made);
  const Result<> kept = co_await keeping;
  if (!kept) co_return kept;
  item.made.reset();
  Task<Result<KeyItem>> updating = keys.update(item);
  (void)co_await updating;  // where it fails, this is done once more
  co_return Result<>();
}

}  // namespace

lift::Error store_error(const lift::Error& error) {
  const bool passes = error.code == "throttled" || error.code == "conflict";
  return {.code = passes ? "store_busy" : "store_unavailable",
          .message = error.code + ": " + error.message};
}

Task<Result<>> keep(Payments payments, Payment payment) {
  const PaymentItem item{.id = payment.id, .payment = payment};
  Task<Result<PaymentItem>> creating = payments.create(item);
  const Result<PaymentItem> created = co_await creating;
  if (created || created.error().code == "exists") co_return Result<>();
  if (created.error().code != "ambiguous") co_return failed(created.error());
  Task<Result<std::optional<PaymentItem>>> reading = payments.get(item.id);
  const Result<std::optional<PaymentItem>> found = co_await reading;
  if (found && *found) co_return Result<>();
  co_return failed(created.error());
}

Task<Result<Page>> list_payments(Payments payments, std::string cursor, std::size_t limit) {
  if (!cursor.empty()) {
    Task<Result<std::optional<PaymentItem>>> reading = payments.get(cursor);
    const Result<std::optional<PaymentItem>> place = co_await reading;
    if (!place && place.error().code == "bad_key") co_return bad_cursor();
    if (!place) co_return failed(place.error());
    if (!*place) co_return bad_cursor();
  }
  Page page;
  lift::TableQuery query;
  query.forward = false;
  query.cursor = std::move(cursor);
  do {
    query.limit = static_cast<std::uint32_t>(limit + 1 - page.payments.size());
    Task<Result<lift::TablePage<PaymentItem>>> asking = payments.query(query);
    Result<lift::TablePage<PaymentItem>> more = co_await asking;
    if (!more) co_return failed(more.error());
    for (PaymentItem& item : more->items) page.payments.push_back(std::move(item.payment));
    query.cursor = std::move(more->next);
  } while (page.payments.size() <= limit && !query.cursor.empty());
  if (page.payments.size() > limit) {
    page.payments.pop_back();
    page.next = page.payments.back().id;
  }
  co_return page;
}

Task<Result<Payment>> refund_payment(Payments payments, std::string id, std::int64_t amount) {
  for (int tries = 1; tries <= kTries; ++tries) {
    Task<Result<std::optional<PaymentItem>>> reading = payments.get(id);
    Result<std::optional<PaymentItem>> found = co_await reading;
    if (!found && found.error().code == "bad_key") co_return no_payment();
    if (!found) co_return failed(found.error());
    if (!*found) co_return no_payment();
    PaymentItem item = **std::move(found);
    if (amount > item.payment.amount - item.payment.refunded_amount)
      co_return refund_too_large(item.payment, amount);
    item.payment.refunded_amount += amount;
    update_status(item.payment);
    Task<Result<PaymentItem>> writing = payments.update(item);
    const Result<PaymentItem> wrote = co_await writing;
    if (wrote) co_return wrote->payment;
    if (wrote.error().code != "version_conflict") co_return failed(wrote.error());
    co_await pause(tries);
  }
  co_return contended();
}

Task<Result<Begun>> begin_keyed(Payments payments, Keys keys, KeyItem wanted) {
  for (int tries = 1; tries <= kTries; ++tries) {
    Task<Result<KeyItem>> creating = keys.create(wanted);
    const Result<KeyItem> created = co_await creating;
    const Begun fresh{Begun::Kind::fresh, {.id = wanted.claim, .record = wanted.name}, {}};
    if (created) co_return fresh;
    if (created.error().code != "exists" && created.error().code != "ambiguous")
      co_return failed(created.error());
    Task<Result<std::optional<KeyItem>>> reading = keys.get(wanted.name);
    Result<std::optional<KeyItem>> found = co_await reading;
    if (!found) co_return failed(found.error());
    if (!*found) continue;  // it has just expired
    const KeyItem& item = **found;
    if (item.body_hash != wanted.body_hash) co_return Begun{Begun::Kind::mismatch, {}, {}};
    if (item.status == 0 && item.claim == wanted.claim) co_return fresh;
    if (item.status == 0) co_return Begun{Begun::Kind::running, {}, {}};
    Task<Result<>> settling = settle(payments, keys, item);
    const Result<> settled = co_await settling;
    if (!settled) co_return std::unexpected(settled.error());
    const Reply reply{static_cast<int>(item.status), item.location, item.body};
    co_return Begun{Begun::Kind::replay, {}, reply};
  }
  co_return contended();
}

Task<Result<>> finish_keyed(Payments payments, Keys keys, KeyItem wanted) {
  Task<Result<std::optional<KeyItem>>> reading = keys.get(wanted.name);
  const Result<std::optional<KeyItem>> found = co_await reading;
  if (!found) co_return failed(found.error());
  if (!*found || (*found)->claim != wanted.claim || (*found)->status != 0) co_return claim_lost();
  wanted.body_hash = (*found)->body_hash;
  wanted.version = (*found)->version;
  Task<Result<KeyItem>> writing = keys.update(wanted);
  const Result<KeyItem> wrote = co_await writing;
  if (!wrote && wrote.error().code == "version_conflict") co_return claim_lost();
  if (!wrote) co_return failed(wrote.error());
  Task<Result<>> settling = settle(std::move(payments), std::move(keys), *wrote);
  Result<> settled = co_await settling;
  co_return settled;
}

Task<Result<>> abandon_keyed(Keys keys, Claim claim) {
  Task<Result<std::optional<KeyItem>>> reading = keys.get(claim.record);
  const Result<std::optional<KeyItem>> found = co_await reading;
  if (!found) co_return failed(found.error());
  if (!*found || (*found)->claim != claim.id || (*found)->status != 0) co_return Result<>();
  Task<Result<bool>> removing = keys.remove(**found);
  const Result<bool> removed = co_await removing;
  if (!removed && removed.error().code != "version_conflict") co_return failed(removed.error());
  co_return Result<>();
}

}  // namespace payments
