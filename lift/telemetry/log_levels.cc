#include "lift/telemetry/log_levels.h"

#include "lift/base/ascii.h"

namespace lift {

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    if (ascii::same(text, to_string(level))) return level;
  }
  return fail("bad_level", "must be debug, info, warn, error or off");
}

LogLevels::LogLevels(LogLevel level) : default_(level) { modules_.emplace_back("app", level); }

LogModule& LogLevels::module(std::string_view name) {
  const std::lock_guard lock(mutex_);
  for (LogModule& module : modules_) {
    if (module.name() == name) return module;
  }
  if (modules_.size() >= kMaxModules) return modules_.front();
  return modules_.emplace_back(std::string(name), default_);
}

void LogLevels::set(LogLevel level) {
  const std::lock_guard lock(mutex_);
  default_ = level;
  for (LogModule& module : modules_) {
    if (!module.own_) module.level_.store(level, std::memory_order_relaxed);
  }
}

void LogLevels::set(std::string_view name, LogLevel level) {
  LogModule& module = this->module(name);
  const std::lock_guard lock(mutex_);
  module.own_ = true;
  module.level_.store(level, std::memory_order_relaxed);
}

Result<> LogLevels::set(std::string_view text) {
  std::vector<std::pair<std::string_view, LogLevel>> asked;
  while (!text.empty()) {
    std::string_view part = ascii::trim(ascii::cut(text, ','));
    const bool named = part.contains('=');
    const std::string_view name = named ? ascii::trim(ascii::cut(part, '=')) : std::string_view();
    const auto level = parse_log_level(ascii::trim(part));
    if (!level) return std::unexpected(level.error());
    if (named && name.empty()) return fail("bad_level", "a module's name is missing before '='");
    asked.emplace_back(name, *level);
  }
  if (asked.empty()) return fail("bad_level", "must be debug, info, warn, error or off");
  for (const auto& [name, level] : asked) name.empty() ? set(level) : set(name, level);
  return {};
}

std::vector<std::pair<std::string, LogLevel>> LogLevels::levels() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, LogLevel>> all;
  for (const LogModule& module : modules_) all.emplace_back(module.name(), module.level());
  return all;
}

}  // namespace lift
