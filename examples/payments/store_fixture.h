#pragma once
// What the store's tests share: a scratch folder, a clock that stands still, and payments to keep.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "sqlite_store.h"

namespace payments {

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = testing::TempDir() + "payments-XXXXXX";
    folder = ::mkdtemp(name.data());
    file = folder / "payments.db";
  }
  ~StoreTest() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::unique_ptr<Store> open(StoreOptions options = {}) const {
    auto store = SqliteStore::open(file, options);
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }
  Payment payment(std::int64_t amount = 100) {
    return new_payment(amount, "EUR", std::nullopt, now, random);
  }
  /// The code of the error, "" for success.
  template <class T>
  static std::string code(const lift::Result<T>& result) {
    return result ? "" : result.error().code;
  }

  std::filesystem::path folder;
  std::filesystem::path file;
  lift::WallTime now{std::chrono::seconds(1'767'225'600)};
  lift::SeededRandom random{7};
};

}  // namespace payments
