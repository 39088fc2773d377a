#pragma once
// Log lines: one JSON object a line, for stdout, a file, CloudWatch. docs/telemetry-formats.md
// lists the members.
//
//   LogLineEncoder encoder(resource);
//   encoder.request(out, view);  // {"timestamp":"…","level":"INFO","message":"Request
//   completed",…}
//
// No value can break out of its line: everything is escaped, and what is not UTF-8 becomes U+FFFD.
// No line grows past its cap: values are cut and marked `...[truncated]`; fields that find no room
// are counted in `fields_dropped`. Of two fields with one name the later is shown.
// Thread-safety: immutable.
// Cost: about 250 ns a request's line; allocates only when the string grows.

#include <cstddef>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/resource.h"

namespace lift {

namespace detail {
class LineWriter;
}

struct LogLineOptions {
  /// Timestamps have six decimals rather than three.
  bool microseconds = false;
  /// Bytes of one value before it is cut: 64 to 256 KiB.
  std::size_t value_cap = 8 * 1024;
  /// Bytes of one line: 64 KiB to 1 MB, which is the most that CloudWatch Logs takes.
  std::size_t line_cap = 256 * 1024;

  [[nodiscard]] Problems validate() const;
};

class LogLineEncoder {
 public:
  explicit LogLineEncoder(const Resource& resource, const LogLineOptions& options = {});

  /// The canonical line of a request.
  void request(std::string& out, const RequestView& request) const;
  /// request() without its closing brace and line feed, and shorter by `reserve` bytes, for what
  /// adds members of its own.
  void open_request(std::string& out, const RequestView& request, std::size_t reserve) const;
  /// A line that a program logged outside of requests.
  void program(std::string& out, const LogView& line) const;
  /// The same within `request`, which names it.
  void program(std::string& out, const LogView& line, const RequestView& request) const;

 private:
  void head(detail::LineWriter& line, WallTime time, LogLevel level,
            std::string_view message) const;

  LogLineOptions options_;
  std::string constants_;  // `,"service":…` and what else is the same on every line
};

}  // namespace lift
