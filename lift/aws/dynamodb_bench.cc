// What DynamoDB costs on this side: items as text, a signed call, a record of a typed table. The
// other side answers at once.
#include "benchmarks/bench.h"
#include "lift/aws/dynamodb.h"
#include "lift/aws/signed_transport.h"
#include "lift/aws/table.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

constexpr std::string_view kItem =
    R"({"pk":{"S":"acme#payment"},"sk":{"S":"7"},"id":{"S":"7"},"amount":{"N":"1250"}})";

bench::Work writing() {
  return [item = read_item(kItem).value()](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(write_item(item));
  };
}

bench::Work reading() {
  return [](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(read_item(kItem));
  };
}

class AnswersAtOnce final : public HttpTransport {
 public:
  Task<Result<ClientResponse>> send(ClientRequest& /*request*/) override {
    ClientResponse response;
    response.status = 200;
    response.body = R"({"Item":)" + std::string(kItem) + "}";
    co_return response;
  }
};

struct Payment {
  std::string id;
  std::int64_t amount = 0;
  static void describe(Fields<Payment>& f) {
    f.field("id", &Payment::id);
    f.field("amount", &Payment::amount);
  }
  static TableSchema<Payment> schema() {
    TableSchema<Payment> out("payments", "payment");
    out.sort(&Payment::id);
    return out;
  }
};

struct Service {
  SimWorld world;
  AnswersAtOnce network;
  FixedCredentials credentials{{.access_key_id = "AKIDEXAMPLE",
                                .secret_access_key = std::string(40, 's'),
                                .session_token = std::string(900, 't'),
                                .expires = {}}};
  SignedTransport transport{network, credentials, {.region = "eu-west-1", .service = "dynamodb"}};
  DynamoDb db{transport, Url::parse("https://dynamodb.eu-west-1.amazonaws.com/").value()};
  TenantTable<Payment> payments = Table<Payment>(db, Payment::schema()).of("acme");
  GetItem get{.table = "payments", .key = {}, .projection = {}};
};

bench::Work calling() {
  auto service = std::make_unique<Service>();
  service->get.key = {{"pk", AttributeValue::string("acme#payment")},
                      {"sk", AttributeValue::string("7")}};
  return [service = std::move(service)](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(service->db.get_item(service->get).take());
  };
}

bench::Work getting() {
  auto service = std::make_unique<Service>();
  return [service = std::move(service)](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(service->payments.get("7").take());
  };
}

const bench::Row kWrite("dynamodb.item.write", bench::Budget(1'000), writing);
const bench::Row kRead("dynamodb.item.read", bench::Budget(3'000), reading);
const bench::Row kCall("dynamodb.call", bench::Budget(30'000), calling);
const bench::Row kGet("table.get", bench::Budget(35'000), getting);

}  // namespace
}  // namespace lift
