#pragma once
// What the layer keeps of one request between its start and its end; in the request's arena.
//
// Thread-safety: belongs to one request. Cost: none.

#include <cstdint>
#include <string_view>

#include "lift/observe/detail/observed_routes.h"
#include "lift/telemetry/trail.h"

namespace lift::detail {

struct ObservedRequest {
  Trail trail;
  ObservedRoute* route = nullptr;
  ObservedMethod* method = nullptr;
  std::string_view user_agent{};
  std::string_view response_body{};
  std::uint64_t response_bytes = 0;
  double probability = 1;
  std::uint16_t status = 0;
  bool response_body_json = false;
};

}  // namespace lift::detail
