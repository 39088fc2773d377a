// What docs/dynamodb.md shows: a payment that is read, changed and written back, once.
#include <cstdlib>
#include <string>
#include <utility>

#include "lift/aws/dynamodb.h"
#include "lift/aws/table.h"
#include "lift/testing/sim_world.h"

namespace {

// [snippet]
struct Payment {
  std::string id;
  std::int64_t amount = 0;
  std::string status;
  std::int64_t version = 0;
  static void describe(lift::Fields<Payment>& f) {
    f.field("id", &Payment::id);
    f.field("amount", &Payment::amount).min(1);
    f.field("status", &Payment::status).one_of({"created", "refunded"});
    f.field("version", &Payment::version);
  }
};

lift::Table<Payment> payments_in(lift::DynamoDb& db) {
  lift::TableSchema<Payment> schema("lift-payments", "payment");
  schema.sort(&Payment::id).version(&Payment::version);
  return lift::Table<Payment>(db, schema);
}

/// Error `missing` where there is none; `version_conflict` where somebody else was faster.
lift::Task<lift::Result<Payment>> refund(const lift::Table<Payment>& payments, std::string tenant,
                                         std::string id) {
  const lift::TenantTable<Payment> ours = payments.of(tenant);
  const lift::Result<std::optional<Payment>> found = co_await ours.get(id);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return lift::fail("missing", "there is no payment " + id);
  Payment payment = **found;
  payment.status = "refunded";
  co_return co_await ours.update(payment);
}
// [/snippet]

constexpr const char* kStored =
    R"({"Item":{"pk":{"S":"acme#payment"},"sk":{"S":"7"},"id":{"S":"7"},)"
    R"("amount":{"N":"5"},"status":{"S":"created"},"version":{"N":"4"}}})";

/// Has one payment, at version 4.
class Service final : public lift::HttpTransport {
 public:
  lift::Task<lift::Result<lift::ClientResponse>> send(lift::ClientRequest& request) override {
    lift::ClientResponse response;
    response.status = 200;
    const bool reads = request.headers.value("x-amz-target") == "DynamoDB_20120810.GetItem";
    const std::string_view wanted = reads ? R"("S":"acme#payment")" : R"(":v":{"N":"4"})";
    if (!request.body.contains(wanted)) response.status = 500;
    response.body = reads ? kStored : "{}";
    co_return response;
  }
};

}  // namespace

int main() {
  lift::SimWorld world;
  Service service;
  lift::DynamoDb db(service, lift::Url::parse("http://dynamodb/").value());
  const lift::Table<Payment> payments = payments_in(db);
  auto refunding = refund(payments, "acme", "7");
  world.settle();
  if (!refunding.done()) return EXIT_FAILURE;
  const lift::Result<Payment> refunded = refunding.take();
  const bool right = refunded && refunded->status == "refunded" && refunded->version == 5;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
