#pragma once
// Where the demo keeps its payments, as its flags say.
//
// Thread-safety: none needed, used by main.
// Cost: at start only.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lift/app/command_line.h"
#include "store.h"

namespace payments {

struct StoreChoice {
  enum class Kind : std::uint8_t { sqlite, dynamodb };
  Kind kind = Kind::sqlite;
  std::filesystem::path database;       ///< the SQLite file; demo tokens lie beside it
  std::string table = "lift-payments";  ///< of DynamoDB
  std::string endpoint = {};            ///< of DynamoDB; "": the region's own

  /// `--store`, `--db`, `--dynamodb-table` and `--dynamodb-endpoint`.
  [[nodiscard]] std::vector<lift::Flag> flags();
  /// Opens the store; a problem names the flag.
  [[nodiscard]] std::shared_ptr<Store> open(lift::Problems& problems) const;
};

}  // namespace payments
