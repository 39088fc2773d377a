#include "lift/testing/sim_world.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace lift {
namespace {

constexpr int kMaxTurns = 1'000'000;

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "lift: simulation: %s\n", why);
  std::abort();
}

}  // namespace

void SimLoop::post(Posted& work) noexcept {
  const std::lock_guard lock(mutex_);
  posted_.push_back(work);
}

bool SimLoop::submit(Job& job) noexcept {
  if (refuse_work_) return false;
  jobs_.push_back(job);
  return true;
}

bool SimLoop::run_posted() noexcept {
  IntrusiveList<Posted> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.splice_back(posted_);
  }
  const bool worked = !posted.empty();
  while (Posted* work = posted.pop_front()) work->run();
  return worked;
}

/// One round of posted work, blocking work and timers; false when there was nothing to do.
bool SimLoop::turn() noexcept {
  bool worked = run_posted();
  worked = worked || !jobs_.empty();
  while (Job* job = jobs_.pop_front()) job->run();
  const auto wake = timers_.next_wake();
  if (wake && *wake <= clock_.now()) worked = true;
  timers_.advance(clock_.now());
  return worked;
}

void SimLoop::settle() noexcept {
  for (int turns = 0; turn(); ++turns) {
    if (turns == kMaxTurns) give_up("it never comes to rest");
  }
}

void SimLoop::advance(Duration by) noexcept {
  const Instant target = clock_.now() + by;
  settle();
  while (true) {
    const auto wake = timers_.next_wake();
    if (!wake || *wake > target) break;
    if (*wake > clock_.now()) clock_.set(*wake);
    settle();
  }
  if (target > clock_.now()) clock_.set(target);
  settle();
}

Request sim_request(Method method, std::string_view target) {
  Request request;
  request.method = method;
  if (!request.target.parse(target)) give_up("a request's target is not valid");
  return request;
}

SimExchange::SimExchange(SimLoop& loop, TaskScope& scope, const FindChain& find, Request request,
                         Options options, AppState* state)
    : options_(options), run_(loop, *this) {
  run_.context().request() = std::move(request);
  run_.start(find(run_.context()),
             {.now = loop.clock().now(), .body = this, .state = state, .scope = &scope});
}

bool SimExchange::want_body(Run&) noexcept {
  asked_for_body_ = true;
  return !options_.body_withheld;
}

void SimExchange::commit(Run&, Response& response) noexcept {
  ++committed_;
  status_ = response.status;
  headers_ = response.headers;
  if (response.body.streaming()) {
    producer_ = response.body.take_producer();
    producing_ = producer_(*this);
    if (producing_.done()) return produced(this);
    return producing_.on_done(&SimExchange::produced, this);
  }
  body_ = response.body.bytes();
  if (!options_.delivery_held) deliver();
}

void SimExchange::produced(void* argument) noexcept {
  auto& self = *static_cast<SimExchange*>(argument);
  self.deliver(self.producing_.failed() ? Delivery::broken : Delivery::complete);
}

void SimExchange::deliver(Delivery delivery) noexcept {
  delivered_ = true;
  run_.sent(delivery);
}

void SimExchange::client_leaves() noexcept {
  const bool writing = committed_ > 0 && !delivered_;
  if (!finished_) run_.lost();
  if (writing && !producing_.valid()) deliver(Delivery::peer_gone);
}

Task<void> SimExchange::write(std::string_view chunk) {
  body_ += chunk;
  co_await sleep(Duration::zero(), run_.context().stop_token());
  run_.streamed(chunk.size());
}

Task<std::optional<std::string_view>> SimExchange::next() {
  if (std::exchange(body_read_, true)) co_return std::nullopt;
  co_return std::string_view(run_.context().request().body);
}

std::unique_ptr<SimExchange> SimWorld::send(const FindChain& find, Request request,
                                            SimExchange::Options options) {
  auto exchange =
      std::make_unique<SimExchange>(loop_, tasks_, find, std::move(request), options, state_);
  settle();
  return exchange;
}

std::unique_ptr<SimExchange> SimWorld::send(const Chain& chain, Request request,
                                            SimExchange::Options options) {
  const FindChain find = [&chain](Context&) -> const Chain& { return chain; };
  return send(find, std::move(request), options);
}

std::unique_ptr<SimExchange> SimWorld::get(const Chain& chain, std::string_view target) {
  return send(chain, sim_request(Method::get, target));
}

}  // namespace lift
