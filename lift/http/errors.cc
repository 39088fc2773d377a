#include "lift/http/errors.h"

#include "lift/base/json_writer.h"

namespace lift {
namespace {

void write_details(JsonWriter& json, const std::vector<Violation>& violations) {
  json.key("details").begin_array();
  for (const Violation& v : violations) {
    json.begin_object();
    json.member("pointer", v.pointer).member("code", v.code).member("message", v.message);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

HttpError::HttpError(int status, std::string_view code, std::string message)
    : status_(status >= 400 && status <= 599 ? status : 500),
      code_(code),
      message_(std::move(message)) {}

HttpError&& HttpError::detail(std::string_view pointer, std::string_view code,
                              std::string message) && {
  violations_.push_back({std::string(pointer), std::string(code), std::move(message)});
  return std::move(*this);
}

HttpError&& HttpError::details(std::vector<Violation> violations) && {
  violations_ = std::move(violations);
  return std::move(*this);
}

HttpError&& HttpError::because(std::string cause) && {
  cause_ = std::move(cause);
  return std::move(*this);
}

HttpError&& HttpError::header(std::string_view name, std::string_view value) && {
  headers_.set(name, value);
  return std::move(*this);
}

Response HttpError::response(std::string_view request_id) const {
  const std::string_view reason = reason_phrase(status_);
  std::string document;
  JsonWriter json(document);
  json.begin_object().member("type", "about:blank").member("title", reason);
  json.member("status", status_).member("detail", message_);
  json.member("code", code_).member("message", message_).member("error", reason);
  if (!violations_.empty()) write_details(json, violations_);
  if (!request_id.empty()) json.member("request_id", request_id);
  json.end_object();

  Response response;
  response.status = status_;
  response.headers = headers_;
  response.headers.set("content-type", "application/problem+json");
  if (status_ == 401 && !headers_.contains("www-authenticate")) {
    response.headers.add("www-authenticate", "Bearer");
  }
  response.body.assign(std::move(document));
  return response;
}

HttpError parameter_error(std::string message) {
  return {400, "PARAMETER_ERROR", std::move(message)};
}
HttpError unauthorized(std::string message) { return {401, "UNAUTHORIZED", std::move(message)}; }
HttpError authorization_error(std::string message) {
  return {403, "AUTHORIZATION_ERROR", std::move(message)};
}
HttpError not_found(std::string message) { return {404, "NOT_FOUND", std::move(message)}; }
HttpError conflict(std::string message) { return {409, "CONFLICT", std::move(message)}; }
HttpError validation_error(std::string message) {
  return {422, "VALIDATION_ERROR", std::move(message)};
}
HttpError system_error(std::string message) { return {500, "SYSTEM_ERROR", std::move(message)}; }
HttpError network_error(std::string message) { return {500, "NETWORK_ERROR", std::move(message)}; }
HttpError processing_error(std::string message) {
  return {500, "PROCESSING_ERROR", std::move(message)};
}
HttpError tokenization_failure(std::string message) {
  return {500, "TOKENIZATION_FAILURE", std::move(message)};
}

}  // namespace lift
