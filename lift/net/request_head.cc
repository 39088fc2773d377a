#include "lift/net/detail/request_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

/// Digits, letters, and what else a host, an IPv6 literal and a port are made of (RFC 3986 §3.2).
bool valid_host(std::string_view host) noexcept {
  return std::ranges::all_of(host, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) ||
           std::string_view("-._~!$&'()*+,;=:[]%").contains(c);
  });
}

/// Lets Beast's grammar read the head, and adds the rules that Beast leaves to its user.
class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser(Request& request, HeadInfo& info) noexcept : request_(request), info_(info) {}

  HeadError parse(std::string_view head) {
    header_limit(UINT32_MAX);  // the scanner has counted already
    body_limit(boost::none);
    beast::error_code failed;
    put(boost::asio::const_buffer(head.data(), head.size()), failed);
    if (error_ != HeadError::none) return error_;
    if (failed == http::error::bad_version) return version_error(head);
    if (failed == http::error::bad_target) return HeadError::bad_target;
    if (failed == http::error::bad_content_length || failed == http::error::bad_transfer_encoding ||
        failed == http::error::multiple_content_length) {
      return HeadError::bad_framing;
    }
    if (failed || !is_header_done()) return HeadError::malformed;
    return finish();
  }

 private:
  static HeadError version_error(std::string_view head) noexcept {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (line.size() < 8) return HeadError::malformed;
    const std::string_view version = line.substr(line.size() - 8);
    const bool well_formed = version.starts_with("HTTP/") && ascii::is_digit(version[5]) &&
                             version[6] == '.' && ascii::is_digit(version[7]);
    const bool ours = version == "HTTP/1.1" || version == "HTTP/1.0";  // then it stands wrong
    return well_formed && !ours ? HeadError::version : HeadError::malformed;
  }

  HeadError finish() noexcept {
    const bool http_1_1 = request_.version_minor == 1;
    if (hosts_ > 1 || (http_1_1 && hosts_ == 0)) return HeadError::bad_host;
    if (lengths_ > 1 || codings_ > 1) return HeadError::bad_framing;
    if (codings_ == 1 && !http_1_1) return HeadError::bad_framing;
    info_.framing.chunked = codings_ == 1;
    info_.framing.length = lengths_ == 1 ? *content_length() : 0;
    info_.keep_alive = keep_alive();
    if (!http_1_1) info_.expects_continue = false;  // RFC 9110 §10.1.1
    return HeadError::none;
  }

  void refuse(HeadError error, beast::error_code& stop) noexcept {
    error_ = error;
    stop = http::error::bad_value;
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code& stop) override {
    const std::optional<Method> known = method_from(view(method));
    if (!known) return refuse(HeadError::unknown_method, stop);
    request_.method = *known;
    request_.version_minor = version % 10;
    const bool parsed = request_.target.parse(view(target)).has_value();
    if (!parsed || (request_.target.asterisk() && *known != Method::options)) {
      refuse(HeadError::bad_target, stop);
    }
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     beast::error_code& stop) override {
    request_.headers.add_valid(view(name), view(value));
    if (const HeadError error = check(field, view(value)); error != HeadError::none) {
      refuse(error, stop);
    }
  }

  HeadError check(http::field field, std::string_view value) noexcept {
    switch (field) {
      case http::field::host:
        ++hosts_;
        return valid_host(value) ? HeadError::none : HeadError::bad_host;
      case http::field::content_length:
        ++lengths_;
        return value.contains(',') ? HeadError::bad_framing : HeadError::none;
      case http::field::transfer_encoding:
        ++codings_;
        return ascii::same(value, "chunked") ? HeadError::none : HeadError::unknown_coding;
      case http::field::expect:
        info_.expects_continue = true;
        return ascii::same(value, "100-continue") ? HeadError::none : HeadError::expectation;
      default:
        return HeadError::none;
    }
  }

  // A head has none of what the rest would report.
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override {
    return 0;
  }
  void on_finish_impl(beast::error_code&) override {}

  Request& request_;
  HeadInfo& info_;
  HeadError error_ = HeadError::none;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
};

}  // namespace

HeadError parse_head(std::string_view head, Request& request, HeadInfo& info) {
  info = HeadInfo{};
  HeadParser parser(request, info);
  return parser.parse(head);
}

}  // namespace lift::detail
