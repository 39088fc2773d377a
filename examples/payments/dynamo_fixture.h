#pragma once
// A table for the store's tests, which goes with it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "dynamo_store.h"
#include "tests/support/dynalite.h"

namespace payments {

struct TestTable {
  lift::test::Dynalite engine;
  lift::test::TestDynamoDb db{engine};
  const std::string name = db.make_table(lift::AttributeType::string);

  /// Keys and a region unless the environment has others.
  static lift::AwsEnvironment environment() {
    lift::AwsEnvironment out = lift::AwsEnvironment::process();
    out.variable = [ask = out.variable](const std::string& key) -> std::optional<std::string> {
      const bool needed = key == "AWS_ACCESS_KEY_ID" || key == "AWS_SECRET_ACCESS_KEY";
      std::optional<std::string> found = ask(key);
      if (found) return found;
      if (key == "AWS_REGION") return "us-east-1";
      return needed ? std::optional<std::string>("local") : std::nullopt;
    };
    return out;
  }
  [[nodiscard]] lift::Result<std::unique_ptr<DynamoStore>> try_open(std::string table) const {
    return DynamoStore::open(std::move(table), {.endpoint = engine.url()}, environment());
  }
  [[nodiscard]] std::unique_ptr<DynamoStore> open() const {
    auto opened = try_open(name);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
};

}  // namespace payments
