#pragma once
// Tokens for the demo's two tenants, new at every start; a service would make its own with
// lift-token.

#include <filesystem>
#include <string>

#include "lift/app/options.h"

namespace payments {

struct DemoTokens {
  std::string acme;
  std::string globex;
};

/// Makes a token for each tenant, keeps their digests in a file beside `database`, and has
/// `options` use that file. What fails becomes a problem of `options`.
DemoTokens add_demo_tokens(const std::filesystem::path& database, lift::AppOptions& options);

}  // namespace payments
