#pragma once
// The standard errors: what a handler throws or returns to answer with something other than
// success.
//
// One body for all of them, application/problem+json (RFC 9457), whose extension members are those
// that clients of the original know: `code`, `message`, `error`, `details`, `request_id`. A cause
// is kept for the log and never sent.
// Thread-safety: plain values.
// Cost: allocates; not for the hot path.

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/http/response.h"

namespace lift {

/// One broken rule of the input, located by JSON pointer (RFC 6901) or by a parameter's name.
struct Violation {
  std::string pointer;  ///< "/items/0/amount", "" for the whole document
  std::string code;     ///< stable: missing, wrong_type, unknown_field, out_of_range, too_long …
  std::string message;
};

class HttpError : public std::exception {
 public:
  /// `status` is 400 to 599, anything else counts as 500. `code` is stable, upper case; `message`
  /// is for the client and must hold nothing internal.
  HttpError(int status, std::string_view code, std::string message);

  /// Adds one entry to `details`.
  HttpError&& detail(std::string_view pointer, std::string_view code, std::string message) &&;
  HttpError&& details(std::vector<Violation> violations) &&;
  /// Keeps why it happened, for logs only.
  HttpError&& because(std::string cause) &&;
  /// A header on the answer, such as Retry-After or WWW-Authenticate.
  HttpError&& header(std::string_view name, std::string_view value) &&;

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  /// The answer: status, headers, and a problem document with the request's id, unless that is
  /// empty. A 401 without a challenge of its own gets `WWW-Authenticate: Bearer`.
  [[nodiscard]] Response response(std::string_view request_id) const;

 private:
  int status_;
  std::string code_;
  std::string message_;
  std::vector<Violation> violations_;
  std::string cause_;
  Headers headers_;
};

[[nodiscard]] HttpError parameter_error(std::string message);  ///< 400 PARAMETER_ERROR
[[nodiscard]] HttpError unauthorized(
    std::string message);  ///< 401 UNAUTHORIZED, with WWW-Authenticate: Bearer
[[nodiscard]] HttpError authorization_error(std::string message);   ///< 403 AUTHORIZATION_ERROR
[[nodiscard]] HttpError not_found(std::string message);             ///< 404 NOT_FOUND
[[nodiscard]] HttpError conflict(std::string message);              ///< 409 CONFLICT
[[nodiscard]] HttpError validation_error(std::string message);      ///< 422 VALIDATION_ERROR
[[nodiscard]] HttpError system_error(std::string message);          ///< 500 SYSTEM_ERROR
[[nodiscard]] HttpError network_error(std::string message);         ///< 500 NETWORK_ERROR
[[nodiscard]] HttpError processing_error(std::string message);      ///< 500 PROCESSING_ERROR
[[nodiscard]] HttpError tokenization_failure(std::string message);  ///< 500 TOKENIZATION_FAILURE

}  // namespace lift
