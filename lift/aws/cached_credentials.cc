#include "lift/aws/cached_credentials.h"

#include <algorithm>
#include <coroutine>
#include <utility>

#include "lift/base/loop.h"

namespace lift {
namespace {

using SharedCredentials = std::shared_ptr<const AwsCredentials>;

std::string seconds(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

/// At least a second, so that credentials that hardly live are not asked for without pause.
constexpr Duration kLeastLife = std::chrono::seconds(1);

}  // namespace

Problems CachedCredentialsOptions::validate() const {
  Problems problems;
  const Duration hour = std::chrono::hours(1);
  if (refresh_before < std::chrono::seconds(1) || refresh_before > hour)
    problems.add("refresh_before", seconds(refresh_before), "must be from 1 s to 1 h");
  if (jitter < Duration::zero() || jitter > hour)
    problems.add("jitter", seconds(jitter), "must be from 0 s to 1 h");
  problems.add_all("backoff", backoff.validate());
  return problems;
}

/// Waits for the end of a fetch. Woken by the wheel's next turn and not by the fetch itself, which
/// a waiter may end together with its owner.
class CachedCredentials::Waiter : public Timer {
 public:
  explicit Waiter(CachedCredentials& owner) noexcept
      : Timer([](Timer& timer) noexcept { static_cast<Waiter&>(timer).waiting_.resume(); }),
        owner_(owner) {}
  [[nodiscard]] bool await_ready() const noexcept { return !owner_.fetching(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    owner_.waiting_.push_back(*this);
  }
  void await_resume() const noexcept {}

 private:
  CachedCredentials& owner_;
  std::coroutine_handle<> waiting_;
};

Result<std::unique_ptr<CachedCredentials>> CachedCredentials::make(
    CredentialProvider& source, CachedCredentialsOptions options) {
  if (const Result<> valid = options.validate().as_result(); !valid)
    return std::unexpected(valid.error());
  Result<Backoff> backoff = Backoff::make(options.backoff);
  if (!backoff) return std::unexpected(backoff.error());
  return std::unique_ptr<CachedCredentials>(
      new CachedCredentials(source, std::move(options), *std::move(backoff)));
}

bool CachedCredentials::valid_at(WallTime now) const noexcept {
  return current_ != nullptr && (!current_->expires || now < *current_->expires);
}

Task<Result<SharedCredentials>> CachedCredentials::get() {
  const Clock& clock = Loop::current().clock();
  const WallTime now = clock.wall();
  if (valid_at(now) && now < refresh_at_) co_return current_;
  if (!fetching() && clock.now() >= retry_at_) fetch_ = fetch();
  if (valid_at(now)) co_return current_;
  Waiter waiter(*this);
  co_await waiter;
  if (valid_at(clock.wall())) co_return current_;
  co_return std::unexpected(error_);
}

Task<Result<SharedCredentials>> CachedCredentials::ask() {
  try {
    Result<SharedCredentials> found = co_await source_.get();
    if (!found) co_return found;
    const WallTime now = Loop::current().clock().wall();
    if ((*found)->expires && *(*found)->expires <= now)
      co_return fail("bad_credentials", "the source gave credentials that have expired");
    co_return found;
  } catch (...) {
    co_return fail("credentials_unavailable", "the source of credentials threw an exception");
  }
}

Task<void> CachedCredentials::fetch() {
  Result<SharedCredentials> found = co_await ask();
  if (found) {
    keep(*std::move(found));
  } else {
    put_off(std::move(found.error()));
  }
  Loop& loop = Loop::current();
  while (Timer* waiter = waiting_.pop_front()) loop.timers().arm(*waiter, loop.clock().now());
}

void CachedCredentials::keep(SharedCredentials found) {
  Loop& loop = Loop::current();
  ++counts_.fetched;
  failures_ = 0;
  last_wait_ = {};
  error_ = {};
  current_ = std::move(found);
  refresh_at_ = WallTime::max();
  if (!current_->expires) return;
  const WallTime now = loop.clock().wall();
  const Duration random(static_cast<Duration::rep>(
      loop.random().below(static_cast<std::uint64_t>(options_.jitter.count()) + 1)));
  const Duration life = *current_->expires - now;
  const Duration before = std::min(options_.refresh_before + random, life / 2);
  refresh_at_ = std::max(*current_->expires - before, now + kLeastLife);
}

void CachedCredentials::put_off(Error error) {
  Loop& loop = Loop::current();
  ++counts_.failed;
  error_ = std::move(error);
  last_wait_ = backoff_.delay(++failures_, last_wait_, loop.random());
  const double part = 0.5 + loop.random().uniform() / 2;
  const auto wait = static_cast<Duration::rep>(static_cast<double>(last_wait_.count()) * part);
  retry_at_ = saturating_add(loop.clock().now(), Duration(wait));
}

}  // namespace lift
