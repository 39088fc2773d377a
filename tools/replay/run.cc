#include "run.h"

#include <algorithm>
#include <charconv>
#include <list>
#include <map>
#include <memory>
#include <utility>

#include "lift/ratelimit/rate_limit.h"
#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"

namespace replay {
namespace {

using namespace std::chrono_literals;
using lift::AnyLayer;

/// The caller is who the recording says.
struct AsRecorded {
  static constexpr std::string_view kName = "identify";
  static lift::Verdict enter(lift::Context& ctx, lift::NoSlot&) {
    const std::string_view tenant = ctx.request().headers.value("tenant");
    ctx.set_identity({.tenant = tenant, .user = {}, .roles = {}});
    return lift::Verdict::proceed;
  }
};

std::int64_t number(const lift::Context& ctx, std::string_view name) {
  const std::string_view text = ctx.request().headers.value(name);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Takes as long as it did, and ends as it did.
lift::Task<lift::Response> as_recorded(lift::Context& ctx) {
  const lift::Duration time(number(ctx, "took"));
  if (time > lift::Duration::zero()) co_await ctx.sleep(time);
  co_return lift::text("").with_status(static_cast<int>(number(ctx, "status")));
}

class Replay {
 public:
  explicit Replay(Outcome& outcome) : outcome_(outcome) {}

  lift::Result<> make(const Setting& setting) {
    layers_ = {AnyLayer(std::make_shared<AsRecorded>())};
    auto deadline = lift::Deadline::make({.timeout = setting.deadline});
    if (!deadline) return std::unexpected(deadline.error());
    layers_.emplace_back(*deadline);
    if (setting.limit) {
      auto limit =
          lift::RateLimit::make({.limits = {lift::per_tenant(*setting.limit)}}, telemetry_);
      if (!limit) return std::unexpected(limit.error());
      layers_.emplace_back(*limit);
    }
    if (setting.bulkhead) {
      auto places = lift::BulkheadLayer::make({.bulkhead = *setting.bulkhead}, telemetry_, random_);
      if (!places) return std::unexpected(places.error());
      layers_.emplace_back(*places);
    }
    if (setting.breaker) {
      lift::CircuitBreakerLayerOptions options{.breaker = *setting.breaker};
      options.on_change = [this](const lift::BreakerEvent& event) {
        if (event.change.to == lift::BreakerMode::open) ++outcome_.trips;
      };
      auto breaker = lift::CircuitBreakerLayer::make(options, telemetry_, random_);
      if (!breaker) return std::unexpected(breaker.error());
      layers_.emplace_back(*breaker);
    }
    return {};
  }

  lift::Result<> send(const Recorded& recorded) {
    advance_to(begin_ + recorded.begins);
    auto chain = chain_of(recorded.operation);
    if (!chain) return std::unexpected(chain.error());
    lift::Request request = lift::sim_request(lift::Method::get, "/");
    request.headers.add("tenant", recorded.tenant);
    request.headers.add("took", std::to_string(recorded.took.count()));
    request.headers.add("status", std::to_string(recorded.status));
    open_.push_back({world_.send(**chain, std::move(request)), world_.now(), recorded.took});
    return {};
  }
  void finish() {
    while (!open_.empty()) advance_to(world_.now() + 1s);
    tell_events();
  }

 private:
  struct Open {
    std::unique_ptr<lift::SimExchange> exchange;
    lift::Instant since;
    lift::Duration takes;
  };

  lift::Result<const lift::Chain*> chain_of(const std::string& operation) {
    const auto known = chains_.find(operation);
    if (known != chains_.end()) return &known->second;
    auto chain = lift::Chain::build(operation, layers_, &as_recorded);
    if (!chain) return std::unexpected(chain.error());
    return &chains_.emplace(operation, std::move(*chain)).first->second;
  }

  /// In steps in which what ended is counted.
  void advance_to(lift::Instant time) {
    while (world_.now() < time) {
      world_.advance(std::min<lift::Duration>(time - world_.now(), 10ms));
      collect();
    }
  }
  void collect() {
    for (auto it = open_.begin(); it != open_.end();) {
      if (!it->exchange->finished()) {
        ++it;
        continue;
      }
      count(*it);
      it = open_.erase(it);
    }
    if (++collected_ % 100 == 0) tell_events();
  }
  void count(const Open& one) {
    const int status = one.exchange->status();
    const std::string& body = one.exchange->body();
    if (status == 429) {
      ++outcome_.limited;
    } else if (body.contains("BULKHEAD_LIMIT_EXCEEDED")) {
      ++outcome_.no_place;
    } else if (body.contains("CIRCUIT_BREAKER_OPEN")) {
      ++outcome_.cut_off;
    } else if (status == 504 && !body.empty()) {
      ++outcome_.timed_out;
    } else {
      const lift::Duration waited = world_.now() - one.since - one.takes;
      if (waited > 10ms) {
        ++outcome_.waited;
        outcome_.longest_wait = std::max(outcome_.longest_wait, waited);
      }
      ++(status >= 500 ? outcome_.failed : outcome_.good);
      if (status < 500) count_second();
    }
  }
  void count_second() {
    const auto second = static_cast<std::size_t>((world_.now() - begin_) / 1s);
    if (outcome_.good_by_second.size() <= second) outcome_.good_by_second.resize(second + 1);
    ++outcome_.good_by_second[second];
  }
  void tell_events() {
    for (const auto& part : telemetry_.parts()) part->upkeep(world_.now());
  }

  Outcome& outcome_;
  lift::SimWorld world_;
  lift::SeededRandom random_{1};
  lift::Telemetry telemetry_{{}, world_.loop().clock()};
  const lift::Instant begin_ = world_.now();
  std::vector<AnyLayer> layers_;
  std::map<std::string, lift::Chain> chains_;
  std::list<Open> open_;
  std::uint64_t collected_ = 0;
};

}  // namespace

lift::Result<Outcome> run(const Recording& recording, const Setting& setting) {
  Outcome outcome;
  Replay replay(outcome);
  const lift::Result<> made = replay.make(setting);
  if (!made) return std::unexpected(made.error());
  for (const Recorded& request : recording.requests) {
    const lift::Result<> sent = replay.send(request);
    if (!sent) return std::unexpected(sent.error());
  }
  replay.finish();
  return outcome;
}

}  // namespace replay
