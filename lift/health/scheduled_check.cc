#include "lift/health/detail/scheduled_check.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/base/utf8.h"

namespace lift::detail {
namespace {

constexpr std::size_t kLongestCode = 64;
constexpr std::size_t kLongestMessage = 256;
constexpr std::size_t kLongestUnit = 16;

bool valid_code(std::string_view code) {
  return code.size() <= kLongestCode && !code.empty() && code.front() >= 'a' &&
         code.front() <= 'z' && std::ranges::all_of(code, [](char c) {
           return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_';
         });
}

CheckView first_view(const CheckOptions& options) {
  CheckView view;
  view.name = options.name;
  view.type = options.type;
  view.required = options.required;
  view.gates = options.gates;
  view.last.code = "not_run";
  return view;
}

}  // namespace

ScheduledCheck::ScheduledCheck(Check check, const CheckSurroundings& around, Histogram durations)
    : check_(std::move(check)),
      function_(check_.run_blocking
                    ? std::make_shared<const std::function<CheckResult()>>(check_.run_blocking)
                    : nullptr),
      around_(around),
      durations_(durations),
      state_(check_.options, around.loop.clock().now(), around.grace_until),
      now_(first_view(check_.options)) {}

ScheduledCheck::~ScheduledCheck() {
  if (blocking_) blocking_->forget();
}

void ScheduledCheck::begin() {
  const Instant now = around_.loop.clock().now();
  now_.since = now;
  tell(now);
  if (check_.options.gates != HealthGate::none) return start();
  const Duration within = std::min(check_.options.interval, CheckState::kEager);
  const auto after = around_.loop.random().below(static_cast<std::uint64_t>(within.count()) + 1);
  around_.loop.timers().arm(due_, now + Duration(static_cast<Duration::rep>(after)));
}

void ScheduledCheck::due() noexcept {
  if (!overdue_) return start();
  // It has still not returned: that is no better than it was an interval ago.
  finish(around_.loop.clock().now(), CheckResult::fail("timeout"));
}

void ScheduledCheck::start() noexcept {
  started_ = around_.loop.clock().now();
  state_.begin();
  try {
    if (function_) {
      start_blocking(started_);
    } else {
      start_task(started_);
    }
  } catch (...) {
    task_ = {};
    finish(around_.loop.clock().now(), thrown(std::current_exception()));
  }
}

void ScheduledCheck::start_task(Instant now) {
  task_ = check_.run();
  if (!task_.valid()) return finish(now, CheckResult::fail("no_task"));
  if (task_.done()) return take_task();
  task_.on_done(&ScheduledCheck::task_done, this);
  around_.loop.timers().arm(run_out_, now + check_.options.timeout);
}

void ScheduledCheck::start_blocking(Instant now) {
  BlockingRun::Owner& owner = *this;
  blocking_ = std::make_shared<BlockingRun>(function_, around_.gate, owner);
  if (!blocking_->begin(around_.workers)) {
    blocking_.reset();
    return skipped(now);
  }
  around_.loop.timers().arm(run_out_, now + check_.options.timeout);
}

void ScheduledCheck::task_done(void* check) noexcept {
  static_cast<ScheduledCheck*>(check)->take_task();
}

void ScheduledCheck::take_task() noexcept {
  run_out_.cancel();
  const Instant now = around_.loop.clock().now();
  Task<CheckResult> task = std::move(task_);
  try {
    finish(now, task.take());
  } catch (const Overloaded&) {
    skipped(now);
  } catch (...) {
    finish(now, thrown(std::current_exception()));
  }
}

void ScheduledCheck::returned(CheckResult result) noexcept {
  const Instant now = around_.loop.clock().now();
  started_ = blocking_->begun().value_or(started_);
  blocking_.reset();
  run_out_.cancel();
  if (!std::exchange(overdue_, false)) return finish(now, std::move(result));
  tell(now);  // too late to count
}

void ScheduledCheck::run_out() noexcept {
  const Instant now = around_.loop.clock().now();
  if (blocking_) {
    // One that waits for a thread has had no chance yet; its last result goes stale meanwhile.
    const Instant from = blocking_->begun().value_or(now);
    const Instant until = from + check_.options.timeout;
    if (now < until) return around_.loop.timers().arm(run_out_, until);
    started_ = from;
    overdue_ = true;
  }
  task_ = {};
  finish(now, CheckResult::fail("timeout"));
}

void ScheduledCheck::skipped(Instant now) noexcept {
  around_.skipped.add();
  state_.skip(now, around_.loop.random());
  around_.loop.timers().arm(due_, state_.due());
  tell(now);
}

void ScheduledCheck::finish(Instant now, CheckResult result) noexcept {
  make_presentable(result);
  state_.record(now, result.status, around_.loop.random());
  now_.last = std::move(result);
  now_.last_run = now;
  now_.took = now - started_;
  now_.been_good = now_.been_good || now_.last.status != HealthStatus::fail;
  ++now_.runs;
  durations_.record(std::chrono::duration<double>(now_.took).count());
  around_.loop.timers().arm(due_, state_.due());
  tell(now);
}

/// Whatever a check returns can be shown: bounded, of the right letters, without secrets.
void ScheduledCheck::make_presentable(CheckResult& result) const {
  if (result.status == HealthStatus::unknown) result = CheckResult::fail("bad_result");
  if (result.status == HealthStatus::pass) {
    result.code.clear();
  } else if (!valid_code(result.code)) {
    result.code = "other";
  }
  std::string message;
  around_.redactor.append_redacted_text(message, result.message);
  message.resize(utf8_prefix(message, kLongestMessage).size());
  result.message = to_utf8(message);
  result.unit = to_utf8(utf8_prefix(result.unit, kLongestUnit));
}

void ScheduledCheck::aged() noexcept { tell(around_.loop.clock().now()); }

void ScheduledCheck::tell(Instant now) {
  const HealthStatus before = now_.status;
  const HealthStatus status = state_.status(now);
  if (status != now_.status) {
    now_.status = status;
    now_.since = now;
    ++now_.transitions;
  }
  now_.lets_through = state_.lets_through();
  now_.circuit = state_.circuit();
  now_.flapping = state_.flapping();
  now_.overdue = overdue_;
  now_.failures_in_row = state_.failures_in_row();
  now_.next_run = state_.due();
  now_.stale_at = state_.stale_at();
  now_.history_size = state_.history_size();
  for (std::size_t i = 0; i < now_.history_size; ++i) now_.history[i] = state_.history(i);
  view_ = std::make_shared<const CheckView>(now_);
  const Instant next = state_.next_change(now);
  if (next == kNever) {
    aged_.cancel();
  } else {
    around_.loop.timers().arm(aged_, next);
  }
  around_.listener.changed(*view_, before);
}

}  // namespace lift::detail
