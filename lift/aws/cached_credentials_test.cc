#include "lift/aws/cached_credentials.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/aws/aws_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::AwsTest;
using test::SharedCredentials;

/// Gives credentials numbered from 1, or fails, after a while.
class Source final : public CredentialProvider {
 public:
  Task<Result<SharedCredentials>> get() override {
    ++asked;
    if (delay > 0s) co_await sleep(delay);
    if (throwing) throw std::runtime_error("canary");
    if (failing) co_return fail("credentials_unavailable", "no " + std::to_string(asked));
    AwsCredentials made{.access_key_id = std::to_string(asked),
                        .secret_access_key = "s",
                        .session_token = {},
                        .expires = {}};
    if (life) made.expires = Loop::current().clock().wall() + *life;
    last = std::make_shared<const AwsCredentials>(std::move(made));
    co_return last;
  }
  SharedCredentials last;
  std::optional<Duration> life = 1h;
  Duration delay{};
  bool failing = false;
  bool throwing = false;
  int asked = 0;
};

class CachedCredentialsTest : public AwsTest {
 protected:
  static std::unique_ptr<CachedCredentials> make(Source& source,
                                                 CachedCredentialsOptions options = {}) {
    return CachedCredentials::make(source, std::move(options)).value();
  }
  /// What get() gives without any time passing: a number, an error's message, or "waits".
  std::string now(CachedCredentials& cached) {
    Task<Result<SharedCredentials>> task = cached.get();
    if (!task.done()) return "waits";
    const Result<SharedCredentials> found = task.take();
    return found ? (*found)->access_key_id : found.error().message;
  }
  Source source_;
};

TEST_F(CachedCredentialsTest, AsksOnceForThoseThatNeverExpire) {
  source_.life.reset();
  const auto cached = make(source_);
  for (int day = 0; day < 100; ++day) {
    EXPECT_EQ(now(*cached), "1");
    world_.advance(24h);
  }
  EXPECT_EQ(cached->counts().fetched, 1U);
}

TEST_F(CachedCredentialsTest, RenewsBesideUseInTheLastMinutes) {
  const auto cached = make(source_);
  EXPECT_EQ(now(*cached), "1");
  source_.delay = 10s;
  world_.advance(53min + 59s);  // the window is 5 to 6 minutes
  EXPECT_EQ(now(*cached), "1");
  EXPECT_EQ(source_.asked, 1);
  world_.advance(61s);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(now(*cached), "1");
  EXPECT_EQ(source_.asked, 2);
  world_.advance(9s);
  EXPECT_EQ(now(*cached), "1");
  world_.advance(2s);
  EXPECT_EQ(now(*cached), "2");
  EXPECT_EQ(source_.asked, 2);
}

TEST_F(CachedCredentialsTest, LetsAllWaitForOneFetch) {
  source_.delay = 5s;
  const auto cached = make(source_);
  std::vector<Task<Result<SharedCredentials>>> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(cached->get());
  waiting.erase(waiting.begin() + 3);  // one gives up
  world_.advance(4s);
  for (const auto& task : waiting) EXPECT_FALSE(task.done());
  world_.advance(2s);
  for (auto& task : waiting) {
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.take().value()->access_key_id, "1");
  }
  EXPECT_EQ(source_.asked, 1);
}

TEST_F(CachedCredentialsTest, ServesTheOldOnesUntilTheyExpire) {
  const auto cached = make(source_);
  EXPECT_EQ(now(*cached), "1");
  source_.failing = true;
  world_.advance(55min);
  EXPECT_EQ(now(*cached), "1");
  EXPECT_EQ(cached->last_error().message, "no 2");
  world_.advance(5min - 1s);
  EXPECT_EQ(now(*cached), "1");
  world_.advance(1s);
  EXPECT_EQ(now(*cached).substr(0, 3), "no ");
  source_.failing = false;
  world_.advance(1min);
  const std::string renewed = now(*cached);
  EXPECT_EQ(renewed, std::to_string(source_.asked));
  EXPECT_EQ(cached->last_error().code, "");
}

// Waits are half fixed and half random: 1 s, 2 s, 4 s … 60 s at most, and half of it at least.
TEST_F(CachedCredentialsTest, LeavesAFailingSourceAlone) {
  source_.failing = true;
  const auto cached = make(source_);
  const std::vector<Duration> most = {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s};
  EXPECT_EQ(now(*cached), "no 1");
  int asked = 1;
  for (const Duration wait : most) {
    world_.advance(wait / 2 - 1ms);
    EXPECT_EQ(now(*cached), "no " + std::to_string(asked));
    world_.advance(wait / 2 + 1ms);
    EXPECT_EQ(now(*cached), "no " + std::to_string(++asked));
  }
  EXPECT_EQ(cached->counts().failed, static_cast<std::uint64_t>(asked));
}

TEST_F(CachedCredentialsTest, RenewsShortOnesAfterHalfTheirLife) {
  source_.life = 2min;
  const auto cached = make(source_);
  EXPECT_EQ(now(*cached), "1");
  world_.advance(59s);
  EXPECT_EQ(now(*cached), "1");
  world_.advance(1s);
  EXPECT_EQ(now(*cached), "2");
  source_.life = 1ms;
  world_.advance(1min);
  EXPECT_EQ(now(*cached), "3");
  EXPECT_EQ(now(*cached), "3");
  EXPECT_EQ(source_.asked, 3);
}

TEST_F(CachedCredentialsTest, TakesNoExpiredOnesAndNoExceptions) {
  source_.life = -1s;
  const auto cached = make(source_);
  EXPECT_EQ(now(*cached), "the source gave credentials that have expired");
  source_.throwing = true;
  source_.delay = 1s;
  world_.advance(1min);
  EXPECT_EQ(outcome(*cached),
            "credentials_unavailable: the source of credentials threw an exception");
}

TEST_F(CachedCredentialsTest, EndsWhileItFetches) {
  source_.delay = 5s;
  auto cached = make(source_);
  EXPECT_EQ(now(*cached), "waits");
  cached.reset();
  world_.advance(10s);
}

// Against a naive model, which knows what the source gave last: while that is good, nobody waits.
// Never expired ones, never more than one fetch at a time, and whoever asks is answered within one
// fetch.
TEST_F(CachedCredentialsTest, KeepsItsPromisesInRandomHistories) {
  SeededRandom random(11);
  for (int history = 0; history < 1000; ++history) {
    Source source;
    const auto cached = make(source);
    for (int step = 0; step < 30; ++step) {
      source.life = std::chrono::seconds(1 + random.below(2000));
      source.failing = random.below(3) == 0;
      source.delay = std::chrono::seconds(random.below(3));
      const int asked = source.asked;
      Task<Result<SharedCredentials>> first = cached->get();
      Task<Result<SharedCredentials>> second = cached->get();
      ASSERT_LE(source.asked, asked + 1);
      if (source.last && *source.last->expires > world_.loop().clock().wall()) {
        ASSERT_TRUE(first.done() && second.done());
      }
      world_.advance(3s);
      ASSERT_TRUE(first.done() && second.done());
      const Result<SharedCredentials> a = first.take();
      const Result<SharedCredentials> b = second.take();
      ASSERT_EQ(a.has_value(), b.has_value());
      ASSERT_EQ(cached->counts().fetched + cached->counts().failed,
                static_cast<std::uint64_t>(source.asked));
      if (a) {
        ASSERT_GT(*(*a)->expires + 3s, world_.loop().clock().wall());
      } else {
        ASSERT_FALSE(a.error().message.empty());
      }
      world_.advance(std::chrono::seconds(random.below(900)));
    }
  }
}

TEST(CachedCredentialsOptions, SayEverythingThatIsWrong) {
  CachedCredentialsOptions options;
  options.refresh_before = 0s;
  options.jitter = -1s;
  options.backoff.base = 0s;
  const Problems problems = options.validate();
  ASSERT_EQ(problems.list().size(), 3U) << problems.text();
  EXPECT_EQ(problems.list()[0].field, "refresh_before");
  EXPECT_EQ(problems.list()[1].field, "jitter");
  EXPECT_EQ(problems.list()[2].field, "backoff.base");
  FixedCredentials source({});
  EXPECT_EQ(CachedCredentials::make(source, options).error().code, "bad_configuration");
  EXPECT_TRUE(CachedCredentialsOptions{}.validate().empty());
}

}  // namespace
}  // namespace lift
