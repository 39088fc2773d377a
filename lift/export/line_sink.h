#pragma once
// Where rendered lines go.
//
// Thread-safety: belongs to the exporter's loop.
// Cost: an interface.

#include <string_view>

#include "lift/telemetry/request_view.h"

namespace lift {

class LineSink {
 public:
  virtual ~LineSink() = default;
  /// Takes a copy of a whole line, its newline included; WARN and above are important.
  virtual void line(std::string_view bytes, LogLevel level) = 0;
};

}  // namespace lift
