#pragma once
// A load client: keep-alive connections that send the same request over and over.

#include <cstdint>
#include <string>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift::bench {

/// One exchange on a connection of its own: the whole response. It must have a Content-Length.
[[nodiscard]] Result<std::string> fetch(std::uint16_t port, std::string_view request);

/// Drives the server on 127.0.0.1:`port` for `time` with 64 connections of two threads and tells
/// how many responses came. Each must start with HTTP/1.1 200 and be as long as the first one:
/// another is an error.
[[nodiscard]] Result<std::uint64_t> drive(std::uint16_t port, std::string_view request,
                                          Duration time);

}  // namespace lift::bench
