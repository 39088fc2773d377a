// What becomes of a service with too much to do, with its layers and without, on virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lift/resilience/bulkhead_layer.h"
#include "lift/resilience/circuit_breaker_layer.h"
#include "lift/resilience/deadline.h"
#include "lift/resilience/load_shed_layer.h"
#include "lift/telemetry/telemetry.h"
#include "lift/testing/sim_world.h"
#include "tests/support/believing.h"
#include "tests/support/sim_backend.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using test::SimBackend;

constexpr Duration kStep = 5ms;

/// A service whose handler waits for the one behind it.
class Service {
 public:
  Service(SimWorld& world, SimBackend& backend, std::vector<AnyLayer> layers)
      : world_(world),
        chain_(Chain::build("/op", std::move(layers),
                            [&world, &backend](Context& ctx) -> Task<Response> {
                              co_await ctx.sleep(backend.takes(world.now()));
                              co_return text("done");
                            })
                   .value()) {}

  std::unique_ptr<SimExchange> ask(std::string_view tenant) {
    Request request = sim_request(Method::get, "/");
    request.headers.add("tenant", tenant);
    return world_.send(chain_, std::move(request));
  }

 private:
  SimWorld& world_;
  const Chain chain_;
};

/// Clients who ask at a rate, whatever becomes of it, wait half a second, and ask again twice.
class Clients {
 public:
  Clients(SimWorld& world, Service& service, int attempts)
      : world_(world), service_(service), attempts_(attempts) {}

  struct Second {
    int asked = 0;     ///< by people; their programs asked more often
    int answered = 0;  ///< in time
  };

  /// For a second: so many people, at even intervals.
  Second second(int people, std::string_view tenant = "") {
    Second count;
    const Instant begin = world_.now();
    while (world_.now() < begin + 1s) {
      const auto due = static_cast<int>((world_.now() - begin) * people / 1s);
      for (; count.asked <= due && count.asked < people; ++count.asked) ask(tenant, 1);
      world_.advance(kStep);
      count.answered += look();
    }
    return count;
  }

 private:
  struct Waiting {
    std::unique_ptr<SimExchange> exchange;
    Instant since;
    int attempt;
    std::string tenant;
  };

  void ask(std::string_view tenant, int attempt) {
    waiting_.push_back({service_.ask(tenant), world_.now(), attempt, std::string(tenant)});
  }
  /// How many were answered in time.
  int look() {
    int answered = 0;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      const bool done = it->exchange->answered();
      const bool good = done && it->exchange->status() == 200;
      const bool late = world_.now() - it->since >= 500ms;
      if (!done && !late) {
        ++it;
        continue;
      }
      answered += good ? 1 : 0;
      if (!done) {
        it->exchange->client_leaves();
        left_.push_back(std::move(it->exchange));
      }
      const int attempt = it->attempt + 1;
      const std::string tenant = it->tenant;
      it = waiting_.erase(it);
      if (!good && attempt <= attempts_) ask(tenant, attempt);
    }
    std::erase_if(left_, [](const auto& exchange) { return exchange->finished(); });
    return answered;
  }

  SimWorld& world_;
  Service& service_;
  const int attempts_;
  std::list<Waiting> waiting_;
  std::vector<std::unique_ptr<SimExchange>> left_;
};

/// People a second that were answered in time: 15 s as usual, 5 s of three times as many, 40 s as
/// usual.
std::vector<int> through_a_spike(bool with_layers) {
  SimWorld world;
  Telemetry telemetry({}, world.loop().clock());
  SimBackend backend(2, 10ms, SimBackend::Times::same, 7);  // 200 a second
  std::vector<AnyLayer> layers;
  if (with_layers) {
    SeededRandom random(5);
    BulkheadLayerOptions places;
    places.bulkhead.limit = 4;
    layers = {AnyLayer(Deadline::make({.timeout = 500ms}).value()),
              AnyLayer(LoadShedLayer::make({}, telemetry, random).value()),
              AnyLayer(BulkheadLayer::make(places, telemetry, random).value()),
              AnyLayer(CircuitBreakerLayer::make({}, telemetry, random).value())};
  }
  Service service(world, backend, std::move(layers));
  Clients clients(world, service, 3);
  std::vector<int> answered;
  for (int second = 0; second < 60; ++second) {
    const bool spike = second >= 15 && second < 20;
    answered.push_back(clients.second(spike ? 420 : 140).answered);
  }
  return answered;
}

int least(const std::vector<int>& of, int from, int to) {
  return *std::min_element(of.begin() + from, of.begin() + to);
}

/// Two lines over a minute, for the page about it.
void plot(const std::string& path, const std::vector<int>& with, const std::vector<int>& without) {
  const auto line = [](const std::vector<int>& values, std::string_view color) {
    std::string points;
    for (std::size_t i = 0; i < values.size(); ++i) {
      points += std::to_string(50 + i * 10) + "," + std::to_string(220 - values[i]) + " ";
    }
    return "<polyline fill=\"none\" stroke=\"" + std::string(color) +
           "\" stroke-width=\"2\" points=\"" + points + "\"/>\n";
  };
  const auto label = [](int x, int y, std::string_view text, std::string_view color = "#444") {
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
           "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"" + std::string(color) + "\">" +
           std::string(text) + "</text>\n";
  };
  std::ofstream(path)
      << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"680\" height=\"260\">\n"
         "<rect width=\"680\" height=\"260\" fill=\"#fff\"/>\n"
         "<rect x=\"200\" y=\"10\" width=\"50\" height=\"210\" fill=\"#eee\"/>\n"
         "<path d=\"M50 10V220H650M50 20H46M50 120H46\" stroke=\"#444\" fill=\"none\"/>\n"
      << label(12, 24, "200/s") << label(12, 124, "100/s") << label(24, 224, "0")
      << label(180, 236, "three times as much") << label(590, 236, "60 seconds")
      << label(430, 70, "with its layers", "#0a7") << label(430, 205, "without", "#c33")
      << line(without, "#c33") << line(with, "#0a7") << "</svg>\n";
}

/// A spike of five seconds leaves a service behind whose line is so long that whoever is served has
/// given up and asked again. Without its layers it stays so for ever; with them it is well at once.
TEST(Overload, AfterASpikeAServiceWithItsLayersRecoversAndOneWithoutDoesNot) {
  const std::vector<int> without = through_a_spike(false);
  const std::vector<int> with = through_a_spike(true);
  if (const char* path = std::getenv("LIFT_PLOT")) plot(path, with, without);
  EXPECT_GE(least(without, 2, 15), 135) << "as long as it is not too much";
  EXPECT_LE(*std::max_element(without.begin() + 25, without.end()), 40) << "forty seconds later";
  EXPECT_GE(least(with, 2, 15), 135);
  EXPECT_GE(least(with, 16, 20), 160) << "nearly as much as can be done, while it lasts";
  EXPECT_GE(least(with, 23, 60), 135) << "three seconds later";
}

/// What each tenant's requests took.
using Latencies = std::map<std::string, std::vector<Duration>>;

/// Nineteen quiet tenants and one noisy one on a service for 2,000 a second.
Latencies with_a_noisy_one(int noisy_per_second, bool with_bulkhead, Duration time) {
  SimWorld world;
  Telemetry telemetry({}, world.loop().clock());
  SimBackend backend(20, 10ms, SimBackend::Times::exponential, 11);
  SeededRandom random(5);
  BulkheadLayerOptions places;
  places.bulkhead.limit = 20;
  std::vector<AnyLayer> layers{AnyLayer(std::make_shared<test::Believing>())};
  if (with_bulkhead) layers.emplace_back(BulkheadLayer::make(places, telemetry, random).value());
  Service service(world, backend, std::move(layers));
  struct One {
    std::unique_ptr<SimExchange> exchange;
    Instant since;
    std::string tenant;
  };
  std::list<One> open;
  Latencies latencies;
  std::array<int, 20> sent{};
  const Instant begin = world.now();
  while (world.now() < begin + time) {
    for (std::size_t tenant = 0; tenant < sent.size(); ++tenant) {
      const int per_second = tenant == 0 ? noisy_per_second : 25;
      const auto due = static_cast<int>((world.now() - begin) * per_second / 1s);
      for (; sent[tenant] < due; ++sent[tenant]) {
        const std::string name = tenant == 0 ? "noisy" : "quiet-" + std::to_string(tenant);
        open.push_back({service.ask(name), world.now(), name});
      }
    }
    world.advance(1ms);
    for (auto it = open.begin(); it != open.end();) {
      if (!it->exchange->answered()) {
        ++it;
        continue;
      }
      if (it->exchange->status() == 200) {
        latencies[it->tenant == "noisy" ? "noisy" : "quiet"].push_back(world.now() - it->since);
      }
      it = open.erase(it);
    }
  }
  return latencies;
}

Duration p99(std::vector<Duration>& of) {
  const auto at = of.begin() + static_cast<std::ptrdiff_t>(of.size() * 99 / 100);
  std::nth_element(of.begin(), at, of.end());
  return *at;
}

TEST(Overload, ANoisyTenantCostsTheQuietOnesLittle) {
  Latencies alone = with_a_noisy_one(0, true, 20s);
  Latencies beside = with_a_noisy_one(1000, true, 20s);  // ten times its share
  const double before = std::chrono::duration<double>(p99(alone["quiet"])).count();
  const double after = std::chrono::duration<double>(p99(beside["quiet"])).count();
  EXPECT_LT(after, 1.1 * before) << before << " s";
  // Some are under way when it ends.
  EXPECT_GE(beside["quiet"].size(), alone["quiet"].size() - 50) << "and all were answered";
  EXPECT_GT(beside["noisy"].size(), 15'000U) << "what the others do not need is its own";
}

TEST(Overload, WithoutABulkheadTheNoisyOneTakesAll) {
  Latencies beside = with_a_noisy_one(3000, false, 4s);
  EXPECT_GT(p99(beside["quiet"]), 500ms);
  Latencies guarded = with_a_noisy_one(3000, true, 4s);
  EXPECT_LT(p99(guarded["quiet"]), 80ms);
}

}  // namespace
}  // namespace lift
