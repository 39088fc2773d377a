// A URL that was accepted is safe to put into a request, and means the same when it is written
// again.
#include "fuzz/model_check.h"
#include "lift/http/transport.h"

namespace {

using lift::fuzz::require;

bool visible(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = lift::Url::parse(text);
  if (!url) {
    require(url.error().code == "bad_url" && !url.error().message.empty());
    return 0;
  }
  require(visible(url->host) && visible(url->target) && visible(url->authority()));
  require(url->target.starts_with('/') && !url->target.contains('#') && url->port != 0);
  require(url->host.find_first_of("@/?#[]\\") == std::string::npos);
  if (text.size() > 8000) return 0;  // the port or the slash may make it too long
  const auto again = lift::Url::parse(url->scheme + "://" + url->authority() + url->target);
  require(again && again->scheme == url->scheme && again->host == url->host &&
          again->port == url->port && again->target == url->target);
  return 0;
}
