#include "lift/aws/credentials.h"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace lift {

std::ostream& operator<<(std::ostream& out, const AwsCredentials& credentials) {
  const std::string_view id = credentials.access_key_id;
  return out << "AwsCredentials(key id ending " << id.substr(id.size() - std::min(id.size(), 4UZ))
             << ')';
}

Task<Result<std::shared_ptr<const AwsCredentials>>> FixedCredentials::get() {
  co_return credentials_;
}

}  // namespace lift
