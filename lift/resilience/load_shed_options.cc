#include "lift/resilience/load_shed_options.h"

#include <string>

namespace lift {
namespace {

using namespace std::chrono_literals;

void time(Problems& problems, std::string_view field, Duration value, Duration least, Duration most,
          std::string_view rule) {
  if (value >= least && value <= most) return;
  problems.add(std::string(field), std::to_string(value / 1ms) + " ms", std::string(rule));
}

/// Also refuses what is no number.
void share(Problems& problems, std::string_view field, double value) {
  if (value > 0 && value <= 1) return;
  problems.add(std::string(field), std::to_string(value), "must be more than 0, up to 1");
}

}  // namespace

Problems LoadShedOptions::validate() const {
  Problems problems;
  time(problems, "target_wait", target_wait, 1ms, 10s, "must be 1 ms to 10 s");
  share(problems, "cpu", cpu);
  share(problems, "memory", memory);
  share(problems, "memory_stall", memory_stall);
  if (at_work) problems.add_all("at_work", at_work->validate());
  share(problems, "most_shed", most_shed);
  time(problems, "interval", interval, 50ms, 10s, "must be 50 ms to 10 s");
  time(problems, "retry_after", retry_after, 1s, 10min, "must be 1 s to 10 min");
  return problems;
}

}  // namespace lift
