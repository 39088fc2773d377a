#pragma once
// X-Ray's segment documents: what its daemon takes by UDP, and PutTraceSegments.
//
// A request is a segment, the spans within it are subsegments inside of it: up to 100, as long as
// the document keeps to 64 kB. Those beyond become documents of their own that name their parent,
// which X-Ray puts together again.
// Thread-safety: immutable.
// Cost: about 1 µs a document; allocates it.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/telemetry/request_view.h"
#include "lift/telemetry/resource.h"

namespace lift {

/// Bytes of a document.
inline constexpr std::size_t kXrayDocumentBytes = 64'000;
/// What stands before a document in a datagram to the daemon.
inline constexpr std::string_view kXrayDatagramHeader = "{\"format\": \"json\", \"version\": 1}\n";
/// Documents in one call of PutTraceSegments: as many as the daemon sends.
inline constexpr std::size_t kXrayDocumentsACall = 50;

/// `name` as X-Ray takes it: at most 200 of letters, digits, blanks and `_ . : / % & # = + \ - @`,
/// anything else `_`; "lift-service" for an empty one.
[[nodiscard]] std::string xray_name(std::string_view name);

class XraySegmentEncoder {
 public:
  explicit XraySegmentEncoder(const Resource& resource);

  /// The request's documents, its segment first; none if its trace is not kept.
  [[nodiscard]] std::vector<std::string> documents(const RequestView& request) const;

 private:
  std::string name_;     // `{"name":"…"`, with what else begins every segment
  std::string service_;  // `,"service":{…}`, or ""
  std::string environment_;
  std::string tags_;  // `,"tags":{…}`, or ""
};

/// Bodies of PutTraceSegments, version 2016-04-12, of at most kXrayDocumentsACall documents each.
[[nodiscard]] std::vector<std::string> put_trace_segments(std::span<const std::string> documents);

}  // namespace lift
