// The payments demo: a multi-tenant service over SQLite.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "demo_tokens.h"
#include "health.h"
#include "quotas.h"
#include "service.h"

namespace {

std::filesystem::path data_directory() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') {
    return std::filesystem::path(data) / "lift-payments";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/share/lift-payments";
}

lift::Flag path_flag(std::string name, std::string variable, std::string help,
                     std::filesystem::path& path) {
  auto set = [&path](const std::string& value) -> lift::Result<> {
    if (value.empty()) return lift::fail("bad_path", "must be a path");
    path = value;
    return {};
  };
  return {std::move(name), std::move(variable), "FILE", std::move(help), std::move(set)};
}

lift::Result<std::shared_ptr<payments::Store>> open_store(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::absolute(file).parent_path(), error);
  if (error) return lift::fail("store_unavailable", file.string() + ": " + error.message());
  auto opened = payments::Store::open(file, {});
  if (!opened) return std::unexpected(std::move(opened.error()));
  return std::shared_ptr<payments::Store>(std::move(*opened));
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
  std::filesystem::path database = data_directory() / "payments.db";
  payments::Limits limits;
  std::vector<lift::Flag> flags = limits.flags();
  flags.push_back(path_flag("--db", "PAYMENTS_DB", "the SQLite file", database));
  lift::AppOptions options = lift::options_from(argc, argv, std::move(flags));
  options.rate_limit = limits.options();
  const bool serves =
      options.say_and_exit.empty() && !options.print_chain && options.problems.empty();

  std::shared_ptr<payments::Store> store;
  std::optional<payments::DemoTokens> tokens;
  if (serves) {
    auto opened = open_store(database);
    if (opened)
      store = std::move(*opened);
    else
      options.problems.add("--db", database.string(), opened.error().message);
    if (!options.identify->tokens) tokens = payments::add_demo_tokens(database, options);
  }

  lift::App app{std::move(options)};
  payments::add_routes(app, store);
  if (store) {
    app.on_start([&] { return payments::add_checks(app, store, database); });
  }
  if (tokens) app.on_ready([&app, &tokens] { show_what_to_try(app, *tokens); });
  return app.serve();
}
