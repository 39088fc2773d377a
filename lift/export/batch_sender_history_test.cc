// Random histories against a destination of changing moods: whatever happens, every item is
// accounted for once, and what is counted as delivered was taken.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "lift/export/batch_sender.h"
#include "lift/export/http_carrier.h"
#include "lift/testing/sim_world.h"
#include "tests/support/fake_transport.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

/// What the other side does with a request.
enum class Mood : std::uint8_t {
  well,
  slow,
  refusing,
  down,
  throttled,
  busy,
  half_answers,
  never_answers,
  particular,
};
constexpr std::uint64_t kMoods = 9;

/// Takes lines, remembers which, and answers by its mood. A line "bad…" is rejected.
class MoodyServer {
 public:
  explicit MoodyServer(test::FakeTransport& net) {
    net.always = [this](const ClientRequest& request) { return serve(request); };
  }
  Mood mood = Mood::well;
  std::multiset<std::string> taken;  // in answers that said so
  std::uint64_t rejected = 0;

 private:
  Task<Result<ClientResponse>> serve(const ClientRequest& request) {
    switch (mood) {
      case Mood::refusing:
        co_return fail("connect_failed", "");
      case Mood::down:
        co_return test::answer(503);
      case Mood::busy:
        co_return test::answer(503, "", {{"retry-after", "3"}});
      case Mood::throttled:
        co_return test::answer(429, "", {{"retry-after", "7"}});
      case Mood::half_answers:
        co_return fail("connection_lost", "");
      case Mood::particular:
        co_return test::answer(400, "no");
      case Mood::never_answers:
        co_await sleep(1000h);
        break;
      case Mood::slow:
        co_await sleep(4s);
        break;
      case Mood::well:
        co_await sleep(20ms);
        break;
    }
    take(request.body);
    co_return test::answer(200);
  }
  void take(const std::string& body) {
    std::size_t at = 0;
    while (at < body.size()) {
      const std::size_t end = body.find('\n', at);
      const std::string line = body.substr(at, end - at);
      if (line.starts_with("bad")) {
        ++rejected;
      } else {
        taken.insert(line);
      }
      at = end + 1;
    }
  }
};

class LineCarrier final : public HttpCarrier {
 public:
  explicit LineCarrier(HttpTransport& transport)
      : HttpCarrier(transport, {.url = {"http", "collector", 80, "/"}, .headers = {}}) {}

 private:
  void write_body(const Batch& batch, std::string& out) override {
    for (std::size_t i = 0; i < batch.size(); ++i) (out += batch.entry(i)) += '\n';
  }
  SendResult judge(const ClientResponse& response, const Batch& batch) override {
    SendResult result;
    if (response.status == 400) return refused(response);
    if (response.status != 200) return retry_later(response, Loop::current().clock().wall());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      result.rejected += batch.entry(i).starts_with("bad") ? 1 : 0;
    }
    return result;
  }
};

class History {
 public:
  explicit History(std::uint64_t seed)
      : random_(seed), world_(seed), sender_(options(), limits(), carrier_) {
    running_ = sender_.run();
  }

  void run() {
    for (int step = 0; step < 80; ++step) {
      act();
      check();
    }
    end();
  }

 private:
  SenderOptions options() {
    SenderOptions out;
    out.max_queue_items = 100 + random_.below(50);
    out.max_delay = std::chrono::milliseconds(random_.below(2000));
    out.timeout = 2s + std::chrono::seconds(random_.below(5));
    out.give_up_after = 10s + std::chrono::seconds(random_.below(20));
    out.in_flight = 1 + static_cast<unsigned>(random_.below(2));
    out.backoff.base = 100ms;
    out.retry_budget.capacity = 1 + static_cast<double>(random_.below(30));
    return out;
  }
  BatchLimits limits() {
    return {.max_items = 1 + random_.below(20),
            .max_bytes = 200,
            .entry_overhead = random_.below(5),
            .max_entry_bytes = 60};
  }
  void act() {
    switch (random_.below(8)) {
      case 0:
        server_.mood = static_cast<Mood>(random_.below(kMoods));
        break;
      case 1:
        flushes_.push_back(sender_.flush(world_.now() + 3s));
        break;
      case 2:
      case 3:
        world_.advance(std::chrono::milliseconds(random_.below(5000)));
        break;
      default:
        for (std::uint64_t n = random_.below(40); n > 0; --n) push();
    }
  }
  void push() {
    std::string item = (random_.below(20) == 0 ? "bad" : "item") + std::to_string(++pushed_);
    if (random_.below(30) == 0) item.resize(80, 'x');
    const bool kept = sender_.push(item, world_.loop().clock().wall(), random_.below(10) == 0);
    if (kept && item.starts_with("item")) kept_.insert(item);
  }
  void check() {
    const DestinationStats stats = sender_.stats();
    ASSERT_EQ(stats.given, pushed_);
    ASSERT_EQ(stats.given, stats.delivered + stats.dropped + stats.pending);
    ASSERT_LE(stats.pending, 150U);
    ASSERT_LE(net_.in_flight, 2);
  }
  /// All is well again, or it stops where it stands; then the books are closed.
  void end() {
    const bool heals = random_.below(4) != 0;
    if (heals) {
      server_.mood = Mood::well;
      Task<bool> flush = sender_.flush(world_.now() + 10min);
      world_.advance(10min);
      ASSERT_TRUE(flush.done() && flush.take());
      ASSERT_FALSE(world_.loop().timers().next_wake()) << "wakes though nothing is left to do";
    }
    sender_.stop();
    world_.settle();
    ASSERT_TRUE(running_.done());
    for (Task<bool>& flush : flushes_) ASSERT_TRUE(flush.done());
    const DestinationStats stats = sender_.stats();
    ASSERT_EQ(stats.pending, 0U);
    ASSERT_EQ(stats.given, stats.delivered + stats.dropped);
    const std::uint64_t cut_off = stats.dropped_for(Loss::shutdown);
    ASSERT_TRUE(!heals || cut_off == 0) << cut_off;
    // Nothing is repeated after an answer that it was taken, and nothing was made up.
    const std::set<std::string> once(server_.taken.begin(), server_.taken.end());
    ASSERT_EQ(once.size(), server_.taken.size());
    for (const std::string& item : once) ASSERT_TRUE(kept_.contains(item)) << item;
    // An answer that was under way at the stop was not heard.
    ASSERT_EQ(stats.delivered, once.size());
  }

  SeededRandom random_;
  SimWorld world_;
  test::FakeTransport net_;
  MoodyServer server_{net_};
  LineCarrier carrier_{net_};
  BatchSender sender_;
  Task<void> running_;
  std::vector<Task<bool>> flushes_;
  std::set<std::string> kept_;
  std::uint64_t pushed_ = 0;
};

TEST(BatchSenderHistory, EveryItemIsAccountedForInThousandsOfHistories) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE(seed);
    History(seed).run();
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace lift
