#include "demo_tokens.h"

#include <system_error>
#include <utility>

#include "lift/identity/token_file.h"
#include "lift/identity/token_writer.h"

namespace payments {

DemoTokens add_demo_tokens(const std::filesystem::path& database, lift::AppOptions& options) {
  const std::string file = database.string() + ".demo-tokens";
  std::error_code ignored;
  std::filesystem::remove(file,
                          ignored);  // those of the last start; if it stays, adding to it tells

  lift::SecureRandom random;
  DemoTokens tokens;
  auto add = [&](const char* tenant, const char* user) {
    std::string token = lift::make_token(random);
    const lift::Claims claims{.tenant = tenant, .user = user, .roles = {}};
    if (const auto added = lift::add_token(file, token, claims); !added) {
      options.problems.add("--db", file, added.error().message);
    }
    return token;
  };
  tokens.acme = add("acme", "ann");
  tokens.globex = add("globex", "gus");

  auto opened = lift::TokenFile::open(file);
  if (opened)
    options.identify->tokens = std::move(*opened);
  else
    options.problems.add("--db", file, opened.error().message);
  return tokens;
}

}  // namespace payments
