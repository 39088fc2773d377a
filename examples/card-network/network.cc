#include "network.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "lift/base/uuid.h"
#include "lift/chain/typed.h"
#include "lift/http/errors.h"

namespace card_network {
namespace {

using namespace std::chrono_literals;

struct Authorize {
  std::int64_t amount = 0;
  std::string currency;
  static void describe(lift::Fields<Authorize>& f) {
    f.field("amount", &Authorize::amount).min(1);
    f.field("currency", &Authorize::currency).min_length(3).max_length(3);
  }
};

struct Authorized {
  std::string authorization;
  static void describe(lift::Fields<Authorized>& f) {
    f.field("authorization", &Authorized::authorization);
  }
};

/// Begins, and breaks off.
lift::Task<void> break_off(lift::BodySink& out) {
  auto writing = out.write("{\"authoriz");
  co_await writing;
  throw std::runtime_error("broken off, as wanted");
}

lift::Task<lift::Response> authorize(lift::Context& ctx, Authorize wanted) {
  auto& network = ctx.state<Network>();
  const Faults faults = network.faults();
  co_await ctx.sleep(faults.latency_ms * 1ms);
  const std::int64_t turn = network.turn();
  if (turn < faults.errors) {
    throw lift::HttpError(500, "NETWORK_FAILED", "The card network failed, as it was told to.");
  }
  if (turn < faults.errors + faults.resets) {
    lift::Response broken;
    broken.body.stream(&break_off, 1000);
    co_return broken;
  }
  if (turn < faults.errors + faults.resets + faults.hangs) co_await ctx.sleep(1min);
  if (wanted.amount % 100 == 13) {
    throw lift::HttpError(402, "CARD_DECLINED", "The card was declined.");
  }
  std::array<char, 36> fresh{};
  lift::uuid_v7(ctx.loop().clock().wall(), ctx.loop().random(), fresh);
  const std::string key(ctx.request().headers.value("idempotency-key"));
  const Authorized made{network.authorize(key, std::string(fresh.data(), fresh.size()))};
  co_return lift::json_response(made);
}

lift::Result<> take(std::int64_t& into, const std::string& text, std::int64_t most) {
  const auto value = lift::parse_number(text, 0, most);
  if (!value) return std::unexpected(value.error());
  into = *value;
  return {};
}

}  // namespace

Faults Network::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void Network::fail_as(const Faults& faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

std::string Network::authorize(const std::string& key, const std::string& fresh) {
  const std::lock_guard lock(mutex_);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  ++made_;
  if (!key.empty() && known_.size() < kMostRemembered) known_.emplace(key, fresh);
  return fresh;
}

std::size_t Network::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

void add_routes(lift::App& app, std::shared_ptr<Network> network) {
  app.provide(std::move(network));
  app.post("/authorizations", lift::json(&authorize));
  app.get("/faults",
          [](lift::Context& ctx) { return lift::json_response(ctx.state<Network>().faults()); });
  app.put("/faults", lift::json([](lift::Context& ctx, Faults faults) {
            ctx.state<Network>().fail_as(faults);
            return lift::json_response(faults);
          }));
}

std::vector<lift::Flag> flags(Faults& faults) {
  const auto percent = [](std::string name, std::string what, std::int64_t& into) {
    return lift::Flag{std::move(name), "", "PERCENT", std::move(what) + " (0)",
                      [&into](const std::string& text) { return take(into, text, 100); }};
  };
  return {lift::Flag{
              "--latency", "", "MS", "until an answer, in milliseconds (10)",
              [&faults](const std::string& text) { return take(faults.latency_ms, text, 60'000); }},
          percent("--errors", "requests that are answered 500", faults.errors),
          percent("--resets", "answers that break off", faults.resets),
          percent("--hangs", "requests that get no answer", faults.hangs)};
}

}  // namespace card_network
