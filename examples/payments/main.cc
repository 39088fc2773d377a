// The payments demo: a multi-tenant service over SQLite or DynamoDB.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cards.h"
#include "demo_tokens.h"
#include "health.h"
#include "quotas.h"
#include "service.h"
#include "store_choice.h"

namespace {

std::filesystem::path data_directory() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') {
    return std::filesystem::path(data) / "lift-payments";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/share/lift-payments";
}

void show_what_to_try(const lift::App& app, const payments::DemoTokens& tokens) {
  std::printf(
      "\nTwo tenants, with a token each until the next start:\n\n"
      "  export ACME=%s\n  export GLOBEX=%s\n\n"
      "Try:\n\n"
      "  curl -H \"Authorization: Bearer $ACME\" %s/payments \\\n"
      "       -H 'Content-Type: application/json' -d '{\"amount\": 1250, \"currency\": "
      "\"EUR\"}'\n\n",
      tokens.acme.c_str(), tokens.globex.c_str(), app.addresses().front().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  payments::StoreChoice choice{.database = data_directory() / "payments.db"};
  payments::Limits limits;
  std::vector<lift::Flag> flags = limits.flags();
  std::string card_network;
  for (lift::Flag& flag : choice.flags()) flags.push_back(std::move(flag));
  for (lift::Flag& flag : payments::card_flags(card_network)) flags.push_back(std::move(flag));
  lift::AppOptions options = lift::options_from(argc, argv, std::move(flags));
  const bool serves =
      options.say_and_exit.empty() && !options.print_chain && options.problems.empty();
  limits.shared = limits.shared && serves;
  options.rate_limit = limits.options(choice.endpoint, options.problems);

  std::shared_ptr<payments::Store> store;
  std::optional<payments::DemoTokens> tokens;
  if (serves) {
    store = choice.open(options.problems);
    if (!options.identify->tokens) tokens = payments::add_demo_tokens(choice.database, options);
  }

  lift::App app{std::move(options)};
  const auto cards = payments::Cards::make(card_network, app.telemetry());
  if (!cards) {
    std::fprintf(stderr, "payments: %s\n", cards.error().message.c_str());
    return EXIT_FAILURE;
  }
  payments::add_routes(app, store, *cards);
  if (store) {
    app.on_start([&] { return payments::add_checks(app, store, choice.database); });
  }
  if (tokens) app.on_ready([&app, &tokens] { show_what_to_try(app, *tokens); });
  return app.serve();
}
