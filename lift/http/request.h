#pragma once
// A request as a value: what a client asked, with no socket behind it.
//
// Thread-safety: a plain value.
// Cost: reused by its connection, so a usual request allocates nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "lift/http/address.h"
#include "lift/http/headers.h"
#include "lift/http/method.h"
#include "lift/http/target.h"

namespace lift {

struct Request {
  Method method = Method::get;
  Target target;
  Headers headers;
  /// The whole body; empty on routes that stream it.
  std::string body;
  /// HTTP/1.x minor version.
  int version_minor = 1;
  /// True when the connection is encrypted.
  bool secure = false;
  /// Who is on the other end of the socket: a client or a proxy. Unspecified for a Unix-domain
  /// socket.
  IpAddress peer;

  /// Back to how it was made, `secure` and `peer` included; keeps memory of usual size for the next
  /// request.
  void reset() noexcept;
};

}  // namespace lift
