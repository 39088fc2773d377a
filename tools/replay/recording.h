#pragma once
// What an access log tells of requests: when they came, whose they were, and what became of them.

#include <iosfwd>
#include <string>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace replay {

struct Recorded {
  lift::Duration begins{};  ///< since the first
  lift::Duration took{};
  int status = 200;
  std::string tenant;
  std::string operation;
};

struct Recording {
  std::vector<Recorded> requests;  ///< in the order in which they came
  std::size_t skipped = 0;         ///< lines that are no requests
};

/// Reads the lines of JSON that Lift writes (`--log`): `timestamp` of the end, `duration_ms`,
/// `status`, `tenant_id`, `operation`; other lines are skipped and counted. A request that a policy
/// refused then is taken for one that takes as long as its operation's others do, and succeeds.
/// Errors: `empty` without a request, `too_many` beyond ten million.
lift::Result<Recording> read(std::istream& log);

}  // namespace replay
