#include "lift/http/request.h"

namespace lift {
namespace {

// What reset() keeps allocated for the next request of the connection.
constexpr std::size_t kKeptBody = 64 * 1024;

}  // namespace

void Request::reset() noexcept {
  method = Method::get;
  target.reset();
  headers.clear();
  body.clear();
  if (body.capacity() > kKeptBody) std::string().swap(body);
  version_minor = 1;
  secure = false;
  peer = IpAddress();
}

}  // namespace lift
