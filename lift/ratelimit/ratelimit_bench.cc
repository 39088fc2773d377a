// What a limit costs: a decision by key, on a word in hand, among very many keys, and the layer.
#include <array>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "benchmarks/chain_bed.h"
#include "lift/ratelimit/cell_table.h"
#include "lift/ratelimit/gcra.h"
#include "lift/ratelimit/limit_key.h"
#include "lift/ratelimit/limiter.h"
#include "lift/ratelimit/rate_limit.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

constexpr Quota kQuota{.rate = {.count = 1'000'000, .per = std::chrono::seconds(1)}};
constexpr HashKey kSecret{.low = 0x243f6a8885a308d3, .high = 0x13198a2e03707344};

std::vector<std::string> tenants(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("tenant-" + std::to_string(i));
  return names;
}

LimitTime at(std::uint64_t tick) {
  return {.now = Instant(std::chrono::seconds(1000) + Duration(static_cast<Duration::rep>(tick))),
          .wall = {}};
}

const bench::Row kMemory("ratelimit.memory", bench::Budget(70), []() -> bench::Work {
  return [table = std::make_unique<CellTable>(4096), names = tenants(1000), limit = Gcra(kQuota),
          tick = std::uint64_t{0}](std::uint64_t times) mutable {
    for (; times > 0; --times) {
      LimitKey key;
      key.add(LimitKey::Part::tenant, names[++tick % names.size()]);
      bench::keep(table->take(key.hash(kSecret), limit, at(tick * 100), 1).decision.remaining);
    }
  };
});

/// A store that grants whatever is asked, at once, on virtual time.
class Granting final : public LimitStore {
 public:
  explicit Granting(Loop& loop) : loop_(loop) {}
  [[nodiscard]] Loop& loop() noexcept override { return loop_; }
  Task<Result<LimitWritten>> write(const LimitWrite& write) override {
    co_return LimitWritten{.applied = true, .item = LimitItem{write.above + 1, write.version}};
  }

 private:
  Loop& loop_;
};

/// As the other, with what it costs to fill the leases again.
const bench::Row kLease("ratelimit.lease", bench::Budget(70), []() -> bench::Work {
  struct Bed {
    Bed() {
      LimitOptions options = per_tenant({.rate = per_second(1'000'000'000)});
      options.max_keys = 2048;
      options.sharing = LimitSharing{.store = store, .max_writes = 10'000};
      limit = Limiter::make(options, world.loop().clock()).value();
      take(2'000'000);  // until it knows the demand
    }
    void take(std::uint64_t times) {
      for (; times > 0; --times) {
        LimitKey key;
        key.add(LimitKey::Part::tenant, names[++tick % names.size()]);
        if (tick % 1024 == 0) world.advance(std::chrono::microseconds(500));
        const std::optional<LimitDecision> decision = limit->try_take(key);
        bench::keep(decision.has_value());
        if (decision) continue;
        const Task<LimitDecision> asked = limit->take(key);
        world.settle();
      }
    }
    SimWorld world;
    std::shared_ptr<Granting> store = std::make_shared<Granting>(world.loop());
    std::shared_ptr<Limiter> limit;
    std::vector<std::string> names = tenants(1000);
    std::uint64_t tick = 0;
  };
  return [bed = std::make_unique<Bed>()](std::uint64_t times) mutable { bed->take(times); };
});

const bench::Row kHandle("ratelimit.handle", bench::Budget(20), []() -> bench::Work {
  return [word = std::make_unique<Gcra::Word>(Gcra::fresh(at(0))), limit = Gcra(kQuota),
          tick = std::uint64_t{0}](std::uint64_t times) mutable {
    for (; times > 0; --times) bench::keep(limit.take(*word, at(++tick * 2000), 1).remaining);
  };
});

/// The usual way: 64 maps under a mutex each, a token bucket of doubles a key.
class Maps {
 public:
  bool take(std::uint64_t key, double now) {
    Shard& shard = shards_[key % shards_.size()];
    const std::scoped_lock lock(shard.mutex);
    Bucket& bucket = shard.buckets.try_emplace(key, Bucket{1'000'000, now}).first->second;
    bucket.tokens = std::min(1e6, bucket.tokens + (now - bucket.last) * 1e6);
    bucket.last = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    double last;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, Bucket> buckets;
  };
  std::array<Shard, 64> shards_;
};

/// A walk over a million keys in no order.
constexpr std::uint64_t kKeys = 1'000'000;
std::uint64_t key_of(std::uint64_t tick) {
  return (tick * 0x9e3779b97f4a7c15 >> 40) % kKeys * 0xbf58476d1ce4e5b9 | 1;
}

/// `take(key, tick)` again and again, once every key is there.
template <class Take>
bench::Sample among_a_million(Take take) {
  for (std::uint64_t i = 0; i < kKeys; ++i) take(i * 0xbf58476d1ce4e5b9 | 1, 0);
  return bench::sample(
      [take = std::move(take), tick = std::uint64_t{0}](std::uint64_t times) mutable {
        for (; times > 0; --times) {
          ++tick;
          bench::keep(take(key_of(tick), tick));
        }
      });
}

const bench::Row kMillion("ratelimit.memory.1m", "ns", []() -> Result<bench::Figures> {
  const bench::Sample cells =
      among_a_million([table = std::make_unique<CellTable>(4 * kKeys), limit = Gcra(kQuota)](
                          std::uint64_t key, std::uint64_t tick) {
        return table->take(key, limit, at(tick * 100), 1).decision.allowed;
      });
  const bench::Sample maps =
      among_a_million([maps = std::make_unique<Maps>()](std::uint64_t key, std::uint64_t tick) {
        return maps->take(key, static_cast<double>(tick) * 1e-7);
      });
  return bench::Figures{.value = cells.ns,
                        .allocs = cells.allocs,
                        .budget = 0.6 * maps.ns,
                        .peers = {{"64 mutexed unordered_maps", maps.ns}}};
});

/// Takes the place of identify: a thousand tenants in turn.
struct Tenants {
  static constexpr std::string_view kName = "identify";
  Verdict enter(Context& ctx, NoSlot&) {
    ctx.set_identity({.tenant = names[++turn % names.size()], .user = "ann", .roles = {}});
    return Verdict::proceed;
  }
  std::vector<std::string> names = tenants(1000);
  std::size_t turn = 0;
};

const bench::Row kLayer("ratelimit.layer", "ns", []() -> Result<bench::Figures> {
  static const SystemClock clock;
  Telemetry telemetry({}, clock);
  const auto nothing = [](Request&) {};
  const AnyLayer callers(std::make_shared<Tenants>());
  const AnyLayer limits(RateLimit::make({.limits = {per_tenant(kQuota)}}, telemetry).value());
  const bench::Sample without = bench::sample(bench::serving({callers}, nothing));
  const bench::Sample with = bench::sample(bench::serving({callers, limits}, nothing));
  return bench::Figures{.value = with.ns - without.ns, .allocs = with.allocs, .budget = 150};
});

}  // namespace
}  // namespace lift
