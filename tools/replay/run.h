#pragma once
// A recording sent through the policies of a setting, on virtual time.

#include <cstdint>
#include <string>
#include <vector>

#include "recording.h"
#include "setting.h"

namespace replay {

struct Outcome {
  std::uint64_t good = 0;    ///< answered, not as a failure and not refused
  std::uint64_t failed = 0;  ///< as recorded: 5xx
  std::uint64_t timed_out = 0;
  std::uint64_t limited = 0;   ///< 429
  std::uint64_t no_place = 0;  ///< by the bulkhead
  std::uint64_t cut_off = 0;   ///< by the breaker
  std::uint64_t waited = 0;    ///< for a place, and got one
  lift::Duration longest_wait{};
  std::uint64_t trips = 0;  ///< times that a breaker opened
  std::vector<std::uint32_t> good_by_second;
};

/// Errors: `bad_configuration`.
lift::Result<Outcome> run(const Recording& recording, const Setting& setting);

}  // namespace replay
