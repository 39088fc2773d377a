#include "lift/export/detail/outlets.h"

#include <utility>

#include "lift/export/log_destination.h"
#include "lift/export/otlp_destination.h"

namespace lift::detail {

Result<std::vector<std::unique_ptr<Destination>>> Outlets::open(const ExportOptions& options,
                                                                const Resource& resource) {
  All all;
  if (options.log) {
    auto opened = LogDestination::open(*options.log, options.log_lines, resource);
    if (!opened) return std::unexpected(std::move(opened.error()));
    all.push_back(std::move(*opened));
  }
  for (const auto& [signal, otlp] : {std::pair{Signal::logs, &options.otlp_logs},
                                     std::pair{Signal::traces, &options.otlp_traces},
                                     std::pair{Signal::metrics, &options.otlp_metrics}}) {
    if (auto added = add_otlp(all, signal, *otlp, resource); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return all;
}

Result<> Outlets::add_otlp(All& all, Signal signal,
                           const std::optional<OtlpDestinationOptions>& options,
                           const Resource& resource) {
  if (!options) return {};
  auto made = make_otlp_destination(signal, *options, resource, client_);
  if (!made) return std::unexpected(std::move(made.error()));
  all.push_back(std::move(*made));
  return {};
}

}  // namespace lift::detail
