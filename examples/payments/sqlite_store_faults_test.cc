#include <fstream>

#include "migrations.h"
#include "sqlite_store.h"
#include "store_fixture.h"

namespace payments {
namespace {

using namespace std::chrono_literals;

class StoreFaultsTest : public StoreTest {
 protected:
  Connection direct() { return Connection::open(file, {0ms, false}).value(); }
  void write(std::string_view bytes) const { std::ofstream(file, std::ios::binary) << bytes; }
  [[nodiscard]] std::string read() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// The error that opening gives, as `code: message`.
  [[nodiscard]] std::string refusal(const std::filesystem::path& at) const {
    const auto store = SqliteStore::open(at, {.busy_timeout = 0ms});
    return store ? "opened" : store.error().code + ": " + store.error().message;
  }
};

TEST_F(StoreFaultsTest, EveryOlderVersionIsBroughtUpToDateWithItsPayments) {
  for (int from = 0; from <= kSchemaVersion; ++from) {
    std::filesystem::remove(file);
    {
      Connection old = direct();
      ASSERT_TRUE(migrate(old, from));
      if (from > 0) {
        ASSERT_TRUE(
            old.run("INSERT INTO payments (tenant, id, amount, currency, created_at)"
                    " VALUES ('acme', 'p1', 7, 'EUR', 't')"));
      }
    }
    const auto store = open();
    EXPECT_EQ(store->list("acme", "", 10)->payments.size(), from > 0 ? 1U : 0U);
    EXPECT_EQ(store->begin("acme", {"POST", "/", "k", "h"}, now)->kind, Begun::Kind::fresh);
  }
}

TEST_F(StoreFaultsTest, ALaterProgramsFileIsRefusedUntouched) {
  open().reset();
  ASSERT_TRUE(direct().run("PRAGMA user_version = 99"));
  EXPECT_EQ(refusal(file), "store_newer: " + file.string() +
                               ": the file has schema version 99, this program knows up to 2");
  ASSERT_TRUE(direct().run("PRAGMA user_version = 2"));
  EXPECT_TRUE(SqliteStore::open(file, {}));
}

TEST_F(StoreFaultsTest, AnotherProgramsDatabaseIsRefused) {
  ASSERT_TRUE(direct().run("CREATE TABLE recipes (name TEXT)"));
  const std::string before = read();
  EXPECT_EQ(refusal(file),
            "store_foreign: " + file.string() + ": the file is a database of another program");
  EXPECT_EQ(read(), before);
}

TEST_F(StoreFaultsTest, OnlyItsOwnerMayReadANewFile) {
  using std::filesystem::perms;
  const auto store = open();
  ASSERT_TRUE(store->create("acme", payment()));
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(each.status().permissions(), perms::owner_read | perms::owner_write) << each.path();
  }
}

TEST_F(StoreFaultsTest, AFileThatIsNoDatabaseIsRefusedByName) {
  write(std::string(8192, 'x'));
  EXPECT_EQ(refusal(file), "store_corrupt: " + file.string() + ": file is not a database");
  EXPECT_EQ(refusal(folder),
            "store_unavailable: " + folder.string() + ": unable to open database file");
  const auto missing = folder / "no" / "such" / "folder.db";
  EXPECT_EQ(refusal(missing),
            "store_unavailable: " + missing.string() + ": unable to open database file");
}

TEST_F(StoreFaultsTest, ADamagedPageIsAnErrorAndNotACrash) {
  {
    const auto store = open();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(store->create("acme", payment()));
  }
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
    bytes.seekp(4096);
    for (std::streamoff at = 4096; at < size; ++at) bytes.put('\xA5');
  }
  const auto store = open();
  EXPECT_EQ(code(store->list("acme", "", 10)), "store_corrupt");
  EXPECT_EQ(code(store->create("acme", payment())), "store_corrupt");
  EXPECT_EQ(code(store->begin("acme", {"POST", "/", "k", "h"}, now)), "store_corrupt");
}

TEST_F(StoreFaultsTest, AFullStoreRefusesWritesAndStillReads) {
  const auto store = open({.max_bytes = 65'536});
  const Payment first = payment();
  ASSERT_TRUE(store->create("acme", first));
  std::string failure;
  for (int i = 0; i < 1'000 && failure.empty(); ++i)
    failure = code(store->create("acme", payment()));
  EXPECT_EQ(failure, "store_full");
  Payment wide = payment();
  wide.description = std::string(50'000, 'x');
  EXPECT_EQ(code(store->create("acme", wide)), "store_full");
  EXPECT_EQ(code(store->find("acme", wide.id)), "not_found");
  EXPECT_EQ(store->find("acme", first.id), first);
}

TEST_F(StoreFaultsTest, ALockHeldByAnotherIsAnErrorAfterTheTimeout) {
  const auto store = open({.busy_timeout = 1ms});
  const Payment paid = payment();
  ASSERT_TRUE(store->create("acme", paid));
  Connection other = direct();
  auto held = Transaction::begin(other);
  ASSERT_TRUE(held);
  EXPECT_EQ(code(store->create("acme", payment())), "store_busy");
  EXPECT_EQ(code(store->refund("acme", paid.id, 1)), "store_busy");
  EXPECT_EQ(code(store->begin("acme", {"POST", "/", "k", "h"}, now)), "store_busy");
  EXPECT_EQ(store->find("acme", paid.id), paid) << "readers never wait for a writer";
  ASSERT_TRUE(held->commit());
  EXPECT_TRUE(store->refund("acme", paid.id, 1));
}

TEST_F(StoreFaultsTest, ATransactionThatIsNotCommittedLeavesNothing) {
  open().reset();
  Connection connection = direct();
  {
    auto transaction = Transaction::begin(connection);
    ASSERT_TRUE(
        connection.run("INSERT INTO payments (tenant, id, amount, currency, created_at)"
                       " VALUES ('acme', 'p1', 7, 'EUR', 't')"));
  }
  EXPECT_EQ(code(open()->find("acme", "p1")), "not_found");
}

TEST_F(StoreFaultsTest, BadOptionsAreAllNamedAtOnce) {
  const auto store = SqliteStore::open(file, {.busy_timeout = -1ms, .readers = 0, .max_bytes = 1});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, "bad_configuration");
  EXPECT_EQ(store.error().message,
            "busy_timeout: value \"-1 ms\" must be from 0 to 1 hour\n"
            "readers: value \"0\" must be from 1 to 64\n"
            "max_bytes: value \"1\" must be at least 65536");
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace payments
