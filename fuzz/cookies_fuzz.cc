// Reading cookies from any header; a cookie that may be set is one safe header value and reads
// back.
#include <algorithm>

#include "fuzz/model_check.h"
#include "lift/http/cookies.h"

namespace {

using lift::fuzz::Choices;
using lift::fuzz::require;

void check_set(const lift::SetCookie& wanted) {
  const auto header = wanted.header();
  if (!header) {
    require(header.error().code == "bad_cookie");
    return;
  }
  require(std::ranges::none_of(*header, lift::ascii::is_control));
  lift::Headers headers;
  headers.add("set-cookie", *header);
  require(headers.value("set-cookie") == *header);
  headers.add("cookie", header->substr(0, header->find(';')));
  require(lift::cookie(headers, wanted.name) == wanted.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  lift::SetCookie wanted;
  wanted.name = choices.text();
  wanted.value = choices.text();
  wanted.path = "/" + std::string(choices.text());
  wanted.domain = choices.text();
  wanted.secure = choices.byte() % 2 == 0;
  wanted.same_site = static_cast<lift::SameSite>(choices.byte() % 3);
  check_set(wanted);

  lift::Headers headers;
  headers.add("cookie", choices.text());
  headers.add("cookie", choices.remaining());
  if (const auto found = lift::cookie(headers, wanted.name)) {
    require(found->find(';') == std::string_view::npos);
  }
  return 0;
}
