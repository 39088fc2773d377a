// Random histories against a carrier that does everything it is allowed to, as soon as it may:
// answers within the call, fails the body within the call, destroys the run within `finished`.
#include <stdexcept>

#include "lift/base/when.h"
#include "lift/chain/run_fixture_test.h"

namespace lift {
namespace {

/// Wakes its coroutine within the stop, as the server's waits for a connection do.
class WakesAtOnce final : public StopCallback {
 public:
  explicit WakesAtOnce(StopToken token) noexcept
      : StopCallback([](StopCallback& self) noexcept {
          std::exchange(static_cast<WakesAtOnce&>(self).waiting_, {}).resume();
        }),
        token_(token) {}
  [[nodiscard]] bool await_ready() const noexcept { return token_.stop_requested(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    token_.on_stop(*this);
  }
  void await_resume() const { throw Cancelled(); }

 private:
  StopToken token_;
  std::coroutine_handle<> waiting_;
};

class WildCarrier final : public Carrier {
 public:
  WildCarrier(SimLoop& loop, SeededRandom& random)
      : random_(random), run_(std::make_unique<Run>(loop, *this)) {}

  void start(const Chain& chain, Instant now) { run_->start(chain, {.now = now}); }
  void act() {
    if (run_ == nullptr) return;
    if (committed_ && !sent_) {
      sent_ = true;
      run_->sent(random_.below(2) == 0 ? Delivery::complete : Delivery::peer_gone);
    } else if (const auto what = random_.below(4); what == 0) {
      run_->body_ready();
    } else if (what == 1) {
      run_->body_failed(HttpError(413, "PAYLOAD_TOO_LARGE", "too large"));
    } else if (what == 2) {
      run_->lost();
    }
  }
  void drop() { run_.reset(); }
  [[nodiscard]] int finishes() const noexcept { return finishes_; }
  [[nodiscard]] int commits() const noexcept { return commits_; }

 private:
  bool want_body(Run& run) noexcept override {
    switch (random_.below(5)) {
      case 0:
        run.body_ready();
        return false;
      case 1:
        run.body_failed(HttpError(413, "PAYLOAD_TOO_LARGE", "too large"));
        return false;
      case 2:
        run.lost();
        return false;
      case 3:
        return false;
      default:
        return true;
    }
  }
  void commit(Run& run, Response&) noexcept override {
    ++commits_;
    committed_ = true;
    if (random_.below(2) == 0) return;
    sent_ = true;
    run.sent(random_.below(3) == 0 ? Delivery::broken : Delivery::complete);
  }
  void finished(Run&) noexcept override {
    ++finishes_;
    if (random_.below(2) == 0) return run_.reset();
    run_->reset();
  }

  SeededRandom& random_;
  int finishes_ = 0;
  int commits_ = 0;
  bool committed_ = false;
  bool sent_ = false;
  std::unique_ptr<Run> run_;
};

SeededRandom* dice = nullptr;  // of the history that runs now
Journal* told = nullptr;

template <char Name>
Verdict proceed() {
  told->push_back(std::string(1, Name) + ":proceeds");
  return Verdict::proceed;
}

template <char Name>
Task<Verdict> late_verdict(Context& ctx) {
  co_await sleep(500ms, dice->below(2) == 0 ? ctx.stop_token() : StopToken());
  if (dice->below(4) == 0) throw std::runtime_error("verdict");
  if (dice->below(4) == 0) co_return ctx.reject("late", text("no").with_status(503));
  co_return proceed<Name>();
}

template <char Name>
Verdict any_verdict(Context& ctx) {
  switch (dice->below(8)) {
    case 0:
      return ctx.pending(late_verdict<Name>(ctx));
    case 1:
      return ctx.reject("no", text("no").with_status(503));
    case 2:
      throw std::runtime_error("enter");
    case 3:
      ctx.limit_deadline(ctx.start() + 1s);
      return proceed<Name>();
    case 4:
      ctx.limit_deadline(ctx.start() - 1s);
      return proceed<Name>();
    default:
      return proceed<Name>();
  }
}

Task<void> nap(Duration time) { co_await sleep(time); }

struct AnyWrap {
  static constexpr std::string_view kName = "any_wrap";
  static Task<void> wrap(Context& ctx, Next next) {
    for (int attempts = 0; attempts < 3; ++attempts) {
      const auto how = dice->below(4);
      if (how == 0) {
        co_await when_any(next(ctx), nap(300ms));
      } else if (how == 1) {
        try {
          co_await next(ctx);
        } catch (const std::exception&) {
          ctx.response() = text("caught");
        }
      } else {
        co_await next(ctx);
      }
      if (dice->below(3) == 0) co_await nap(700ms);
      if (dice->below(6) == 0) throw std::runtime_error("wrap");
      if (dice->below(2) == 0) co_return;
    }
  }
};

Task<Response> any_answer(Context& ctx) {
  switch (dice->below(7)) {
    case 0:
      throw std::runtime_error("at once");
    case 1:
      co_await ctx.sleep(2s);
      break;
    case 2:
      co_await sleep(2s);
      break;
    case 3:
      throw HttpError(503, "BUSY", "busy");
    case 4:
      ctx.limit_deadline(ctx.start() + 300ms);
      co_await sleep(600ms);
      break;
    case 5: {
      WakesAtOnce stop(ctx.stop_token());
      co_await stop;
      break;
    }
    default:
      break;
  }
  co_return text("ok");
}

/// One layer's brackets: entered, left and ended equally often, each in its turn.
void expect_closed(const Journal& journal, char layer, std::uint64_t seed) {
  int open = 0;  // entered and not left
  int owed = 0;  // left and not ended
  for (const std::string& line : journal) {
    ASSERT_EQ(line.find("lost slot"), std::string::npos) << seed;
    if (line.front() != layer) continue;
    if (line.find(":leave") == 1) {
      ASSERT_EQ(open--, 1) << seed;
      ++owed;
    } else if (line.find(":end") == 1) {
      ASSERT_EQ(owed--, 1) << seed;
    } else if (line.find(":proceeds") == 1) {
      ASSERT_EQ(open++ + owed, 0) << seed;
    }
  }
  ASSERT_EQ(open + owed, 0) << seed;
}

TEST_F(RunTest, AWildCarrierSeesEveryBracketClosedOnce) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    SeededRandom random(seed);
    dice = &random;
    journal.clear();
    told = &journal;
    a->on_enter = &any_verdict<'a'>;
    b->on_enter = &any_verdict<'b'>;
    c->on_enter = &any_verdict<'c'>;
    std::vector<AnyLayer> layers{AnyLayer(a)};
    if (random.below(2) == 0) layers.emplace_back(std::make_shared<AnyWrap>());
    layers.emplace_back(b);
    if (random.below(3) == 0) layers.emplace_back(std::make_shared<AnyWrap>());
    layers.emplace_back(c);
    const Handler sync = [](Context&) { return text("ok"); };
    const Chain all = chain(std::move(layers), random.below(3) == 0 ? sync : Handler(&any_answer));
    WildCarrier carrier(world.loop(), random);
    carrier.start(all, world.now());
    for (int step = 0; step < 8; ++step) {
      random.below(2) == 0 ? world.advance(250ms) : carrier.act();
    }
    const bool dropped = random.below(2) == 0;
    if (dropped) carrier.drop();
    for (int step = 0; step < 40; ++step) {
      world.advance(500ms);
      carrier.act();
    }
    carrier.drop();
    world.settle();
    ASSERT_LE(carrier.commits(), 1) << seed;
    ASSERT_LE(carrier.finishes(), 1) << seed;
    ASSERT_TRUE(dropped || carrier.finishes() == 1) << seed;
    for (const char layer : {'a', 'b', 'c'}) expect_closed(journal, layer, seed);
    ASSERT_EQ(counters.lingering, 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lift
