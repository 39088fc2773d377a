#include "service.h"

#include <charconv>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "create.h"
#include "errors.h"
#include "lift/chain/typed.h"
#include "payment_metrics.h"

namespace payments {
namespace {

constexpr std::size_t kDefaultPage = 20;

struct Refund {
  std::int64_t amount = 0;
  static void describe(lift::Fields<Refund>& f) {
    f.field("amount", &Refund::amount).min(1).max(kMaxAmount);
  }
};

struct PageOfPayments {
  std::vector<Payment> payments;
  std::optional<std::string> next_cursor;
  static void describe(lift::Fields<PageOfPayments>& f) {
    f.field("payments", &PageOfPayments::payments);
    f.field("next_cursor", &PageOfPayments::next_cursor);
  }
};

std::size_t page_size(const lift::Context& ctx) {
  const std::optional<std::string> text = ctx.request().target.query("limit");
  if (!text) return kDefaultPage;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool whole = error == std::errc() && end == text->data() + text->size();
  if (whole && limit >= 1 && limit <= Store::kMaxPage) return limit;
  throw lift::parameter_error("The query parameter is not valid")
      .detail("limit", "out_of_range", "must be a whole number from 1 to 100");
}

lift::Task<lift::Response> list(lift::Context& ctx) {
  auto job = [store = &ctx.state<Store>(), tenant = std::string(ctx.tenant()),
              cursor = ctx.request().target.query("cursor").value_or(""),
              limit = page_size(ctx)] { return store->list(tenant, cursor, limit); };
  lift::Result<Page> page = co_await ctx.offload(job);
  if (!page) throw as_http(page.error());
  const PageOfPayments body{std::move(page->payments), std::move(page->next)};
  co_return lift::json_response(body);
}

lift::Task<lift::Response> find(lift::Context& ctx) {
  auto job = [store = &ctx.state<Store>(), tenant = std::string(ctx.tenant()),
              id = std::string(ctx.param("id"))] { return store->find(tenant, id); };
  const lift::Result<Payment> payment = co_await ctx.offload(job);
  if (!payment) throw as_http(payment.error());
  co_return lift::json_response(*payment);
}

lift::Task<lift::Response> refund(lift::Context& ctx, Refund refund) {
  auto job = [store = &ctx.state<Store>(), tenant = std::string(ctx.tenant()),
              id = std::string(ctx.param("id")),
              amount = refund.amount] { return store->refund(tenant, id, amount); };
  const lift::Result<Payment> payment = co_await ctx.offload(job);
  if (!payment) throw as_http(payment.error());
  co_return lift::json_response(*payment);
}

lift::Task<lift::Response> create(lift::Context& ctx, Charge charge) {
  ctx.annotate(lift::field("amount", charge.amount));
  ctx.annotate(lift::field("currency", charge.currency));
  const Order order = order_of(ctx, charge);
  auto authorizing = ctx.state<Cards>().authorize(ctx, order);
  co_await authorizing;
  auto job = [store = &ctx.state<Store>(), order] { return run_once(*store, order); };
  lift::Span writing = ctx.span("store.create");
  const std::expected<Created, lift::HttpError> created = co_await ctx.offload(job);
  writing.end();
  if (!created) throw created.error();
  if (!created->replayed) ctx.state<PaymentMetrics>().created(charge.currency);
  lift::Response response = lift::json_text(created->reply.body);
  response.status = created->reply.status;
  response.headers.set("location", created->reply.location);
  if (created->replayed) response.headers.set("x-idempotent-replay", "true");
  co_return response;
}

}  // namespace

void add_routes(lift::App& app, std::shared_ptr<Store> store, std::shared_ptr<Cards> cards) {
  app.provide(std::move(store));
  app.provide(std::move(cards));
  app.provide(std::make_shared<PaymentMetrics>(app.metrics()));
  app.group("/payments", {.body_limit = 16 * 1024, .require_tenant = true})
      .post("", lift::json(&create))
      .get("", &list)
      .get("/{id}", &find)
      .post("/{id}/refunds", lift::json(&refund));
}

}  // namespace payments
