#pragma once
// The destinations that options ask for, and what carries them: an HTTP client, credentials,
// signatures.
//
// Thread-safety: made on any thread, then belongs to one loop. Cost: at start only.

#include <memory>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/loop.h"
#include "lift/export/destination.h"
#include "lift/export/export_options.h"
#include "lift/net/http_client.h"
#include "lift/telemetry/resource.h"

namespace lift::detail {

class Outlets {
 public:
  explicit Outlets(Loop& loop) : client_(loop) {}

  /// Errors: the first destination that cannot be had.
  Result<std::vector<std::unique_ptr<Destination>>> open(const ExportOptions& options,
                                                         const Resource& resource);

 private:
  using All = std::vector<std::unique_ptr<Destination>>;
  [[nodiscard]] Result<> add_otlp(All& all, Signal signal,
                                  const std::optional<OtlpDestinationOptions>& options,
                                  const Resource& resource);

  HttpClient client_;
};

}  // namespace lift::detail
