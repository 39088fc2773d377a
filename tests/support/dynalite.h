#pragma once
// A real DynamoDB engine for a test: dynalite as a child on a free port, which ends with the test;
// or the one at LIFT_DYNAMODB_ENDPOINT, with the environment's AWS_REGION and keys.
//
//   Dynalite engine;
//   TestDynamoDb db(engine);
//   const auto got = db.run([&](DynamoDb& client) { return client.get_item(get); });
//
// Where dynalite is missing the test fails and says what to install.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lift/aws/dynamodb.h"
#include "lift/aws/signed_transport.h"
#include "lift/base/random.h"
#include "lift/base/sleep.h"
#include "tests/support/test_client.h"

namespace lift::test {

class Dynalite {
 public:
  Dynalite() {
    if (const char* given = std::getenv("LIFT_DYNAMODB_ENDPOINT"); given != nullptr) {
      url_ = given;
      return;
    }
    const std::filesystem::path module =
        std::filesystem::path(LIFT_DYNALITE) / "node_modules" / "dynalite";
    if (!std::filesystem::exists(module)) {
      ADD_FAILURE() << module << " is missing: run tools/deps test";
      return;
    }
    start(module);
  }
  Dynalite(const Dynalite&) = delete;
  Dynalite& operator=(const Dynalite&) = delete;
  ~Dynalite() {
    if (input_ >= 0) ::close(input_);
    if (child_ > 0) kill();
  }

  /// "http://127.0.0.1:…/"; one where nobody listens if it did not start.
  [[nodiscard]] const std::string& url() const { return url_; }
  /// Whether it is dynalite, which lacks what is newer than 2016.
  [[nodiscard]] bool is_dynalite() const { return input_ >= 0; }
  /// Ends dynalite, as a crash would, and returns when it is gone.
  void kill() {
    const pid_t child = std::exchange(child_, 0);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

 private:
  void start(const std::string& module) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    ASSERT_EQ(::pipe(in.data()), 0);
    ASSERT_EQ(::pipe(out.data()), 0);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in[0], 0);
    ::posix_spawn_file_actions_adddup2(&files, out[1], 1);
    for (const int end : {in[0], in[1], out[0], out[1]})
      ::posix_spawn_file_actions_addclose(&files, end);
    std::string node = "node";
    std::string script = LIFT_DYNALITE_SERVER;
    std::string folder = module;
    std::array<char*, 4> arguments = {node.data(), script.data(), folder.data(), nullptr};
    const int failed = ::posix_spawnp(&child_, "node", &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    if (failed == 0) read_port(out[0]);
    ::close(out[0]);
    if (failed != 0) child_ = 0;
    EXPECT_EQ(failed, 0) << "node is missing: run tools/deps test";
  }
  void read_port(int from) {
    std::string line;
    char c = 0;
    while (::read(from, &c, 1) == 1 && c != '\n') line += c;
    EXPECT_FALSE(line.empty()) << "dynalite does not start: run tools/deps test";
    if (!line.empty()) url_ = "http://127.0.0.1:" + line + "/";
  }

  std::string url_ = "http://127.0.0.1:1/";
  pid_t child_ = 0;
  int input_ = -1;
};

/// A client of an engine on a loop of its own: real sockets, real signatures.
class TestDynamoDb {
 public:
  explicit TestDynamoDb(const std::string& url, DynamoDbOptions options = {}) {
    const auto made = client_.thread().run_sync([&] {
      transport_ = std::make_unique<SignedTransport>(*client_, keys_, scope());
      db_ = std::make_unique<DynamoDb>(*transport_, Url::parse(url).value(), options);
    });
    EXPECT_TRUE(made.has_value());
  }
  explicit TestDynamoDb(const Dynalite& engine) : TestDynamoDb(engine.url()) {}
  TestDynamoDb(const TestDynamoDb&) = delete;
  TestDynamoDb& operator=(const TestDynamoDb&) = delete;
  /// What a call on the loop comes to.
  template <class F>
  auto run(F call) {
    return *client_.thread().run_sync([&] { return call(*db_); });
  }
  ~TestDynamoDb() {
    for (const std::string& table : tables_)
      (void)run([&](DynamoDb& db) { return db.delete_table(table); });
    (void)client_.thread().run_sync([&] {
      db_.reset();
      transport_.reset();
    });
  }

  [[nodiscard]] LoopThread& thread() { return client_.thread(); }
  /// For what is built upon it; used on the loop only.
  [[nodiscard]] DynamoDb& client() { return *db_; }

  /// Has a table deleted with this object, where there is one; gives its name back.
  std::string deletes(std::string table) { return tables_.emplace_back(std::move(table)); }
  /// Makes a table with a key `pk`, and a sort key `sk` if asked for; it goes with this object.
  std::string make_table(std::optional<AttributeType> sort = {}) {
    SecureRandom random;
    CreateTable create{.table = "lift-test-" + std::to_string(random.next()),
                       .partition = {.name = "pk"}};
    if (sort) create.sort = KeyAttribute{.name = "sk", .type = *sort};
    const auto made = run([&](DynamoDb& db) { return db.create_table(create); });
    EXPECT_TRUE(made.has_value()) << made.error().message;
    deletes(create.table);
    (void)client_.thread().run_sync([&] { return until_active(create.table); });
    return create.table;
  }

 private:
  static std::string variable(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : otherwise;
  }
  static SigningScope scope() {
    return {.region = variable("AWS_REGION", "us-east-1"), .service = "dynamodb"};
  }
  Task<void> until_active(std::string table) {
    for (int i = 0; i < 300; ++i) {
      Task<Result<TableDescription>> asking = db_->describe_table(table);
      const Result<TableDescription> described = co_await asking;
      if (described && described->status == "ACTIVE") co_return;
      co_await sleep(std::chrono::milliseconds(100));
    }
    ADD_FAILURE() << table << " does not become active";
  }

  TestClient client_;
  FixedCredentials keys_{{.access_key_id = variable("AWS_ACCESS_KEY_ID", "local"),
                          .secret_access_key = variable("AWS_SECRET_ACCESS_KEY", "local"),
                          .session_token = variable("AWS_SESSION_TOKEN", ""),
                          .expires = {}}};
  std::unique_ptr<SignedTransport> transport_;
  std::unique_ptr<DynamoDb> db_;
  std::vector<std::string> tables_;
};

}  // namespace lift::test
