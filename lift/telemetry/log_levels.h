#pragma once
// From which level on each part of a program is heard; changeable while it runs.
//
// Thread-safety: every function from any thread.
// Cost: asking a module about 1 ns; finding one by its name a lock.

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/error.h"
#include "lift/telemetry/request_view.h"

namespace lift {

/// A part of a program that logs under its own name and level. Lives as long as its LogLevels.
class LogModule {
 public:
  LogModule(std::string name, LogLevel level) : name_(std::move(name)), level_(level) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool hears(LogLevel level) const noexcept { return level >= this->level(); }

 private:
  friend class LogLevels;
  const std::string name_;
  std::atomic<LogLevel> level_;
  bool own_ = false;  // was set by its name, so the default does not move it
};

/// "debug", "info", "warn", "error" or "off", in any case. Errors: `bad_level`.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

class LogLevels {
 public:
  static constexpr std::size_t kMaxModules = 256;

  explicit LogLevels(LogLevel level = LogLevel::info);

  /// The module of programs that name none: "app".
  [[nodiscard]] LogModule& app() noexcept { return modules_.front(); }
  /// The module of that name, made if there is none yet. Beyond kMaxModules: app().
  [[nodiscard]] LogModule& module(std::string_view name);

  /// The level of every module that has none of its own.
  void set(LogLevel level);
  /// The level of one module.
  void set(std::string_view module, LogLevel level);
  /// "info" or "info,ledger=debug,http=warn". Errors: `bad_level`; nothing is changed then.
  Result<> set(std::string_view text);
  [[nodiscard]] std::vector<std::pair<std::string, LogLevel>> levels() const;

  /// Around fork(2); after_fork() in the child, too.
  void before_fork() { mutex_.lock(); }
  void after_fork() { mutex_.unlock(); }

 private:
  mutable std::mutex mutex_;
  LogLevel default_;
  std::deque<LogModule> modules_;
};

}  // namespace lift
