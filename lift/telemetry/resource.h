#pragma once
// Who emits: the same on every signal.
//
// Thread-safety: a plain value, fixed at start.
// Cost: none.

#include <string>
#include <utility>
#include <vector>

namespace lift {

struct Resource {
  std::string service = "lift-service";  ///< `service.name`
  std::string version = {};              ///< `service.version`, "" for none
  std::string environment = {};          ///< `deployment.environment.name`, "" for none
  std::string instance = {};             ///< `service.instance.id`, "" for none
  /// Further attributes, on every signal: the original's default tags.
  std::vector<std::pair<std::string, std::string>> tags = {};
};

}  // namespace lift
