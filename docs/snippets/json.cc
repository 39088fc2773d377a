#include "lift/chain/handler.h"
#include "lift/chain/typed.h"

// [snippet]
struct Charge {
  std::int64_t amount = 0;  // minor units
  std::string currency;
  std::optional<std::string> note;

  static void describe(lift::Fields<Charge>& f) {
    f.field("amount", &Charge::amount).min(1).max(100'000'000);
    f.field("currency", &Charge::currency).one_of({"EUR", "USD"});
    f.field("note", &Charge::note).max_length(200);
  }
};

struct Receipt {
  std::string id;
  std::int64_t amount = 0;

  static void describe(lift::Fields<Receipt>& f) {
    f.field("id", &Receipt::id);
    f.field("amount", &Receipt::amount);
  }
};

// app.post("/charges", lift::json(charge));
std::expected<Receipt, lift::HttpError> charge(lift::Context&, const Charge& in) {
  if (in.currency != "EUR") return std::unexpected(lift::conflict("only EUR today"));
  return Receipt{"r-1", in.amount};
}
// [/snippet]

int main() {
  const lift::Handler handler = lift::json(charge);
  const auto good = lift::from_json<Charge>(R"({"amount":1250,"currency":"EUR"})");
  const auto bad = lift::from_json<Charge>(R"({"amount":0,"curency":"EUR"})");
  const bool as_told = !handler.waits() && good && good->amount == 1250 && !good->note && !bad &&
                       bad.error().status() == 422 && bad.error().violations().size() == 3 &&
                       bad.error().violations()[0].pointer == "/amount" &&
                       lift::to_json(Receipt{"r-1", 1250}) == R"({"id":"r-1","amount":1250})";
  return as_told ? 0 : 1;
}
