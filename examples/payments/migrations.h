#pragma once
// The steps from an empty file to today's tables, each taken once and remembered in the file.

#include "lift/base/error.h"
#include "sqlite.h"

namespace payments {

inline constexpr int kSchemaVersion = 2;

/// Brings the file up to version `to`, step by step, each in a transaction of its own; processes
/// that start together take turns. Errors: `store_newer` for a file of a later program,
/// `store_foreign` for a database that is not ours, and those of SQLite.
lift::Result<> migrate(Connection& connection, int to = kSchemaVersion);

}  // namespace payments
