#include "lift/export/destination.h"

namespace lift {

std::string_view to_string(Signal signal) noexcept {
  switch (signal) {
    case Signal::logs: return "logs";
    case Signal::traces: return "traces";
    case Signal::metrics: break;
  }
  return "metrics";
}

}  // namespace lift
