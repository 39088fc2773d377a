#include "lift/net/loop_thread.h"

#include <pthread.h>

#include <csignal>
#include <system_error>
#include <thread>

#include "lift/net/detail/net_loop.h"

namespace lift {
namespace detail {

void SyncCall::finish() noexcept {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();  // under the lock: whoever waits destroys this as soon as it is free
}

void SyncCall::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return finished_; });
}

}  // namespace detail

namespace {

/// While it lives, threads are started that take no signal by which a process is told to end or to
/// reopen its files: a service awaits them on a thread of its own, which may begin later.
class SignalsHeldBack {
 public:
  SignalsHeldBack() noexcept {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;
  ~SignalsHeldBack() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

struct LoopThread::Running {
  enum class State : std::uint8_t { fresh, running, stopped };

  /// A function on its way to the loop; it deletes itself.
  struct Work final : Posted {
    Work(Running& its_owner, std::move_only_function<void()> its_function)
        : Posted([](Posted& posted) noexcept { static_cast<Work&>(posted).go(); }),
          owner(its_owner),
          function(std::move(its_function)) {}
    void go() noexcept {
      function();
      {
        const std::lock_guard lock(owner.mutex);
        --owner.posted;
      }
      delete this;
    }
    Running& owner;
    std::move_only_function<void()> function;
  };

  /// The last thing that the loop runs: what was posted before it has run by then.
  struct Stop final : Posted {
    explicit Stop(Running& its_owner)
        : Posted([](Posted& posted) noexcept { static_cast<Stop&>(posted).owner.end(); }),
          owner(its_owner) {}
    Running& owner;
  };

  Running(std::string its_name, LoopThreadOptions its_options)
      : name(std::move(its_name)), options(std::move(its_options)) {
    scope.emplace(options.tasks, options.task_failed);
    calls.emplace(SIZE_MAX);
  }

  [[nodiscard]] bool post(std::move_only_function<void()> function, std::size_t most) {
    auto work = std::make_unique<Work>(*this, std::move(function));
    const std::lock_guard lock(mutex);
    if (state != State::running || posted >= most) return false;
    ++posted;
    loop.post(*work.release());
    return true;
  }

  void end() noexcept {
    calls.reset();
    scope.reset();
    loop.stop();
  }

  const std::string name;
  const LoopThreadOptions options;
  std::optional<WorkerPool> pool{options.workers};
  detail::NetLoop loop{*pool};
  std::optional<TaskScope> scope;
  std::optional<TaskScope> calls;  // as many as there are threads that wait
  Stop last{*this};
  std::mutex mutex;
  State state = State::fresh;
  std::size_t posted = 0;
  std::thread thread;
};

LoopThread::LoopThread(std::string name, LoopThreadOptions options)
    : running_(std::make_unique<Running>(std::move(name), std::move(options))) {}

LoopThread::~LoopThread() { stop(); }

Result<> LoopThread::start() {
  Running& r = *running_;
  const std::lock_guard lock(r.mutex);
  if (r.state != Running::State::fresh) return fail("cannot_start", "it has been started already");
  const SignalsHeldBack held;
  try {
    r.thread = std::thread([&r] { r.loop.run(); });
  } catch (const std::system_error& error) {
    return fail("cannot_start", error.what());
  }
  r.state = Running::State::running;
  ::pthread_setname_np(r.thread.native_handle(), r.name.substr(0, 15).c_str());
  return {};
}

void LoopThread::stop() noexcept {
  Running& r = *running_;
  {
    const std::lock_guard lock(r.mutex);
    if (std::exchange(r.state, Running::State::stopped) != Running::State::running) return;
    r.loop.post(r.last);
  }
  r.thread.join();
  r.pool.reset();  // workers may post what they have done until they end
  r.loop.run_posted();
}

Loop& LoopThread::loop() noexcept { return running_->loop; }

TaskScope& LoopThread::scope() noexcept { return *running_->scope; }

bool LoopThread::post(std::move_only_function<void()> work) {
  return running_->post(std::move(work), running_->options.posted);
}

bool LoopThread::call(std::move_only_function<Task<void>()> begin) {
  auto run = [this, begin = std::move(begin)]() mutable {
    static_cast<void>(running_->calls->spawn(begin()));
  };
  return running_->post(std::move(run), SIZE_MAX);
}

}  // namespace lift
