#include "create.h"

#include <utility>

#include "errors.h"
#include "lift/base/crypto.h"

namespace payments {
namespace {

Reply reply_for(const Payment& payment) {
  return Reply{
      .status = 201, .location = "/payments/" + payment.id, .body = lift::to_json(payment)};
}

std::expected<Created, lift::HttpError> made(lift::Result<> stored, const Order& order) {
  if (!stored) return std::unexpected(as_http(stored.error()));
  return Created{.reply = reply_for(order.payment)};
}

}  // namespace

Order order_of(lift::Context& ctx, const Charge& charge) {
  const lift::WallTime now = ctx.loop().clock().wall();
  const lift::Request& request = ctx.request();
  Order order{.tenant = std::string(ctx.tenant()),
              .payment = new_payment(charge.amount, charge.currency, charge.description, now,
                                     ctx.loop().random()),
              .now = now,
              .path = std::string(request.target.path()),
              .key = std::nullopt,
              .body_hash = {}};
  if (const auto key = request.headers.get("idempotency-key")) {
    if (key->empty() || key->size() > Store::kMaxKey) {
      throw lift::parameter_error("The Idempotency-Key is not valid")
          .detail("Idempotency-Key", "out_of_range", "must be 1 to 255 bytes");
    }
    order.key = std::string(*key);
    order.body_hash = lift::hex_encode(lift::sha256(request.body));
  }
  return order;
}

std::expected<Created, lift::HttpError> run_once(Store& store, const Order& order) {
  if (!order.key) return made(store.create(order.tenant, order.payment), order);
  const KeyedRequest keyed{
      .method = "POST", .path = order.path, .key = *order.key, .body_hash = order.body_hash};
  const lift::Result<Begun> begun = store.begin(order.tenant, keyed, order.now);
  if (!begun) return std::unexpected(as_http(begun.error()));
  switch (begun->kind) {
    case Begun::Kind::replay:
      return Created{.reply = begun->reply, .replayed = true};
    case Begun::Kind::mismatch:
      return std::unexpected(
          lift::HttpError(422, "IDEMPOTENCY_MISMATCH", "This key was used with another body"));
    case Begun::Kind::running:
      return std::unexpected(
          lift::HttpError(409, "IDEMPOTENCY_CONFLICT", "A request with this key is still running")
              .header("retry-after", "1"));
    case Begun::Kind::fresh:
      break;
  }
  lift::Result<> stored =
      store.create(order.tenant, order.payment, begun->claim, reply_for(order.payment), order.now);
  if (!stored)
    (void)store.abandon(order.tenant, begun->claim);  // it expires by itself if this fails too
  return made(std::move(stored), order);
}

}  // namespace payments
