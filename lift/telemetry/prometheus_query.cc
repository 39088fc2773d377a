#include "lift/telemetry/detail/prometheus_query.h"

namespace lift::detail {

std::string prometheus_selector(const std::string& name, std::string_view job,
                                const std::vector<std::string>& matches) {
  std::string out = name + "{job=\"" + std::string(job) + '"';
  for (const std::string& match : matches) out += ',' + match;
  return out + '}';
}

}  // namespace lift::detail
