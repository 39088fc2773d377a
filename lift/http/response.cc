#include "lift/http/response.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "lift/base/ascii.h"
#include "lift/http/target.h"

namespace lift {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases = std::to_array<Phrase>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
});

Response with_type(std::string_view content_type) {
  Response response;
  response.headers.add("content-type", content_type);
  return response;
}

// No URI holds these bytes as they are (RFC 3986 §2).
bool must_encode(char c) noexcept {
  constexpr std::string_view kOutside = " \"<>\\^`{|}";
  return ascii::is_control(c) || static_cast<unsigned char>(c) >= 0x80 ||
         kOutside.find(c) != std::string_view::npos;
}

std::string safe_location(std::string_view location) {
  std::string out;
  out.reserve(location.size());
  for (const char c : location) {
    if (must_encode(c)) {
      out += percent_encode({&c, 1});
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void Response::reset() noexcept {
  status = 200;
  headers.clear();
  body.clear();
}

std::string_view reason_phrase(int status) noexcept {
  const auto* found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != kPhrases.end() && found->status == status ? found->text : "Unknown";
}

Response html(std::string_view page) {
  Response response = with_type("text/html; charset=utf-8");
  response.body.assign(page);
  return response;
}

Response json_text(std::string document) { return binary("application/json", std::move(document)); }

Response binary(std::string_view content_type, std::string bytes) {
  Response response = with_type(content_type);
  response.body.assign(std::move(bytes));
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response redirect(std::string_view location, int status) {
  constexpr std::array kStatuses = {301, 302, 303, 307, 308};
  if (std::ranges::find(kStatuses, status) == kStatuses.end()) {
    throw std::invalid_argument("redirect: status " + std::to_string(status) +
                                " must be 301, 302, 303, 307 or 308");
  }
  Response response;
  response.status = status;
  response.headers.add("location", safe_location(location));
  return response;
}

Response stream(std::string_view content_type, BodyProducer producer) {
  Response response = with_type(content_type);
  response.body.stream(std::move(producer));
  return response;
}

}  // namespace lift
