#include "store_choice.h"

#include <system_error>
#include <utility>

#include "dynamo_store.h"
#include "sqlite_store.h"

namespace payments {
namespace {

lift::Result<std::shared_ptr<Store>> open_sqlite(const std::filesystem::path& file) {
  auto opened = SqliteStore::open(file, {});
  if (!opened) return std::unexpected(std::move(opened.error()));
  return std::shared_ptr<Store>(*std::move(opened));
}

lift::Result<std::shared_ptr<Store>> open_dynamodb(const StoreChoice& choice) {
  auto opened = DynamoStore::open(choice.table, {.endpoint = choice.endpoint},
                                  lift::AwsEnvironment::process());
  if (!opened) return std::unexpected(std::move(opened.error()));
  return std::shared_ptr<Store>(*std::move(opened));
}

lift::Flag text_flag(std::string name, std::string variable, std::string placeholder,
                     std::string help, std::string& keep) {
  auto set = [&keep](const std::string& value) -> lift::Result<> {
    keep = value;
    return {};
  };
  return {std::move(name), std::move(variable), std::move(placeholder), std::move(help),
          std::move(set)};
}

}  // namespace

std::vector<lift::Flag> StoreChoice::flags() {
  return {
      {"--store", "PAYMENTS_STORE", "KIND", "where payments are kept: sqlite or dynamodb (sqlite)",
       [this](const std::string& value) -> lift::Result<> {
         if (value != "sqlite" && value != "dynamodb")
           return lift::fail("bad_store", "must be sqlite or dynamodb");
         kind = value == "sqlite" ? Kind::sqlite : Kind::dynamodb;
         return {};
       }},
      {"--db", "PAYMENTS_DB", "FILE", "the SQLite file",
       [this](const std::string& value) -> lift::Result<> {
         if (value.empty()) return lift::fail("bad_path", "must be a path");
         database = value;
         return {};
       }},
      text_flag("--dynamodb-table", "PAYMENTS_DYNAMODB_TABLE", "NAME",
                "the table of DynamoDB (lift-payments)", table),
      text_flag("--dynamodb-endpoint", "PAYMENTS_DYNAMODB_ENDPOINT", "URL",
                "where DynamoDB is (in the region of AWS_REGION)", endpoint),
  };
}

std::shared_ptr<Store> StoreChoice::open(lift::Problems& problems) const {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::absolute(database).parent_path(), error);
  if (error) {
    problems.add("--db", database.string(), error.message());
    return nullptr;
  }
  const bool local = kind == Kind::sqlite;
  auto opened = local ? open_sqlite(database) : open_dynamodb(*this);
  if (opened) return *std::move(opened);
  problems.add(local ? "--db" : "--dynamodb-table", local ? database.string() : table,
               opened.error().message);
  return nullptr;
}

}  // namespace payments
