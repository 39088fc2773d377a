#pragma once
// One limit's counts in this process: an algorithm, its quotas, and the table of its keys.
//
// Thread-safety: everything from any thread. Cost: that of the algorithm and its table, and 2 ns
// for not knowing which.

#include <memory>
#include <span>

#include "lift/base/clock.h"
#include "lift/ratelimit/detail/limit_counts.h"
#include "lift/ratelimit/limit_options.h"

namespace lift::detail {

/// `options` and `quotas` must be valid. The clock, which outlives it, is read where a request that
/// began long ago must not be taken for a change of quota.
[[nodiscard]] std::shared_ptr<LimitCounts> make_memory_limit(const LimitOptions& options,
                                                             std::span<const Quota> quotas,
                                                             const Clock& clock);

/// As the options say: in this process, or shared over their store.
[[nodiscard]] std::shared_ptr<LimitCounts> make_counts(const LimitOptions& options,
                                                       std::span<const Quota> quotas,
                                                       const Clock& clock);

}  // namespace lift::detail
