#include "lift/app/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lift {
namespace {

const Flag* find(std::span<const Flag> flags, std::string_view name) {
  const auto it = std::ranges::find(flags, name, &Flag::name);
  return it == flags.end() ? nullptr : &*it;
}

void set(const Flag& flag, const std::string& source, const std::string& value,
         Problems& problems) {
  if (const auto done = flag.set(value); !done) problems.add(source, value, done.error().message);
}

}  // namespace

Result<long> parse_number(std::string_view text, long low, long high) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return fail("bad_number", "must be a whole number from " + std::to_string(low) + " to " +
                                  std::to_string(high));
  }
  return value;
}

Result<long long> parse_duration_ns(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, long long>, 4> kUnits{
      {{"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}}};
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, nanos] : kUnits) {
    if (error == std::errc() && unit == name && value >= 0 && value <= 1'000'000)
      return value * nanos;
  }
  return fail("bad_duration", "must be a duration such as 250ms, 30s, 5m or 1h");
}

Problems parse_flags(std::span<const Flag> flags, std::span<const std::string> arguments,
                     const std::function<const char*(const char*)>& environment) {
  Problems problems;
  for (const Flag& flag : flags) {
    if (flag.variable.empty()) continue;
    if (const char* value = environment(flag.variable.c_str()))
      set(flag, flag.variable, value, problems);
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const Flag* flag = find(flags, name);
    if (flag == nullptr) {
      problems.add(name, "", "is no flag of this program; --help lists them");
    } else if (flag->placeholder.empty()) {
      if (equals != std::string::npos)
        problems.add(name, argument.substr(equals + 1), "takes no value");
      else
        set(*flag, name, "", problems);
    } else if (equals != std::string::npos) {
      set(*flag, name, argument.substr(equals + 1), problems);
    } else if (i + 1 < arguments.size()) {
      set(*flag, name, arguments[++i], problems);
    } else {
      problems.add(name, "", "needs a value");
    }
  }
  return problems;
}

std::string flags_help(std::string_view program, std::span<const Flag> flags) {
  std::string text = "usage: " + std::string(program) + " [flags]\n";
  for (const Flag& flag : flags) {
    std::string line = "  " + flag.name + (flag.placeholder.empty() ? "" : " " + flag.placeholder);
    line.resize(std::max<std::size_t>(line.size() + 2, 28), ' ');
    text += line + flag.help;
    if (!flag.variable.empty()) text += " [" + flag.variable + "]";
    text += '\n';
  }
  return text;
}

}  // namespace lift
