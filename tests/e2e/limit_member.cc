// One process of several that share a limit: decides as fast as it can, and says what came of it.
// usage: limit_member ENDPOINT TABLE RATE BURST SECONDS
// Keys of AWS are the environment's.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "lift/aws/dynamodb_limit_store.h"
#include "lift/net/loop_thread.h"
#include "lift/ratelimit/limiter.h"

namespace {

struct Counts {
  std::uint64_t decided = 0;
  std::uint64_t admitted = 0;
};

/// One thread of requests, with a loop for those that must wait.
Counts ask(lift::Limiter& limiter, const lift::Clock& clock, lift::Instant end) {
  Counts counts;
  lift::LoopThread thread("member");
  if (!thread.start()) return counts;
  lift::LimitKey key;
  key.add(lift::LimitKey::Part::tenant, "acme");
  while (clock.now() < end) {
    std::optional<lift::LimitDecision> decision = limiter.try_take(key);
    if (!decision) {
      const auto asked = thread.run_sync([&] { return limiter.take(key); });
      if (!asked) break;
      decision = *asked;
    }
    ++counts.decided;
    if (decision->allowed) ++counts.admitted;
  }
  return counts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: limit_member ENDPOINT TABLE RATE BURST SECONDS\n");
    return 2;
  }
  auto store = lift::DynamoDbLimitStore::make({.table = argv[2], .access = {.endpoint = argv[1]}},
                                              lift::AwsEnvironment::process());
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  lift::LimitOptions options =
      lift::per_tenant({.rate = lift::per_second(std::strtoull(argv[3], nullptr, 10)),
                        .burst = std::strtoull(argv[4], nullptr, 10)});
  options.sharing = lift::LimitSharing{.store = *store};
  // One engine in JavaScript for all: it answers late.
  options.sharing->timeout = std::chrono::seconds(2);
  options.sharing->on_failure = lift::StoreFailure::closed;
  const lift::SystemClock clock;
  const auto limiter = lift::Limiter::make(options, clock);
  if (!limiter) {
    std::fprintf(stderr, "%s\n", limiter.error().message.c_str());
    return 1;
  }
  const Counts counts = ask(
      **limiter, clock, clock.now() + std::chrono::seconds(std::strtoull(argv[5], nullptr, 10)));
  std::printf("%llu %llu\n", static_cast<unsigned long long>(counts.decided),
              static_cast<unsigned long long>(counts.admitted));
  return 0;
}
