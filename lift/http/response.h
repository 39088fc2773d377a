#pragma once
// A response as a value, and the short ways to make one.
//
// Thread-safety: a plain value.
// Cost: small ones allocate nothing; a move copies only what is used.

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "lift/http/body.h"
#include "lift/http/headers.h"

namespace lift {

struct Response {
  int status = 200;
  Headers headers;
  Body body;

  /// Fluent additions for return statements: `return text("made").with_status(201).with("location",
  /// url);`
  Response&& with_status(int code) && { return status = code, std::move(*this); }
  Response&& with(std::string_view name, std::string_view value) && {
    headers.set(name, value);
    return std::move(*this);
  }
  void reset() noexcept;
};

/// The phrase of a status code as registered with IANA; "Unknown" otherwise.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// 200 text/plain; charset=utf-8 of the parts put together.
template <std::convertible_to<std::string_view>... Parts>
[[nodiscard]] Response text(const Parts&... parts) {
  Response response;
  response.headers.add_valid("content-type", "text/plain; charset=utf-8");
  (response.body.append(std::string_view(parts)), ...);
  return response;
}

/// 200 text/html; charset=utf-8.
[[nodiscard]] Response html(std::string_view page);
/// 200 application/json with a document that is already JSON.
[[nodiscard]] Response json_text(std::string document);
/// Bytes of any type, sent as they are.
[[nodiscard]] Response binary(std::string_view content_type, std::string bytes);
/// 204 without a body.
[[nodiscard]] Response no_content();
/// 301, 302, 303, 307 or 308 to `location`; std::invalid_argument for another status. Bytes that no
/// URI may hold are percent-encoded, a backslash too, since browsers take it for a slash. Whether
/// the place is fit to send somebody to is the caller's to check.
[[nodiscard]] Response redirect(std::string_view location, int status = 303);
/// 200 with a body that `producer` writes while it is sent.
[[nodiscard]] Response stream(std::string_view content_type, BodyProducer producer);

}  // namespace lift
