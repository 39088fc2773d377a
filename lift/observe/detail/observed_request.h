#pragma once
// What the layer keeps of one request between its start and its end; in the request's arena.
//
// Thread-safety: belongs to one request. Cost: none.

#include "lift/observe/detail/observed_routes.h"
#include "lift/telemetry/record.h"
#include "lift/telemetry/trail.h"

namespace lift::detail {

struct ObservedRequest {
  ObservedRequest(const TrailSettings& settings, Arena& arena, Loop& loop) noexcept
      : trail(settings, arena, loop) {}

  Trail trail;
  ObservedRoute* route = nullptr;
  ObservedMethod* method = nullptr;
  /// Filled as it goes: what is known early is written early.
  RequestRecord record;
};

}  // namespace lift::detail
