#pragma once
// The destination emf: metrics as lines of CloudWatch's Embedded Metric Format, once a period, into
// whatever takes lines: a log file that an agent reads, or CloudWatch Logs itself.
//
// Thread-safety: belongs to one loop, but for stats().
// Cost: allocates; once a period.

#include <memory>

#include "lift/export/destination.h"
#include "lift/export/line_sink.h"
#include "lift/telemetry/emf.h"
#include "lift/telemetry/resource.h"

namespace lift {

/// `sink` must outlive it, and counts what becomes of the lines itself: here a document is
/// delivered when the sink has it. Error `bad_configuration`.
[[nodiscard]] Result<std::unique_ptr<Destination>> make_emf_destination(const EmfOptions& options,
                                                                        const Resource& resource,
                                                                        LineSink& sink);

}  // namespace lift
