#pragma once
// What the payments service needs to be well.

#include <filesystem>
#include <memory>

#include "lift/app/app.h"
#include "store.h"

namespace payments {

/// Adds the checks to `app`: its database, which keeps it from being ready, and what it lives on.
lift::Result<> add_checks(lift::App& app, std::shared_ptr<Store> store,
                          const std::filesystem::path& database);

}  // namespace payments
