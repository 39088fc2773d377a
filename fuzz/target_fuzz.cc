// A target that was accepted keeps its promises; percent-encoding gives back what it was given.
#include "fuzz/model_check.h"
#include "lift/http/target.h"

namespace {

using lift::Target;
using lift::fuzz::require;

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

void check_parsed(const Target& target, std::string_view text) {
  require(target.raw() == text);
  if (target.asterisk()) return;
  const std::string_view path = target.path();
  require(path.starts_with('/'));
  require(!has_dot_segment(path));
  require(path.size() <= text.size() + 1);
  const std::string_view query = target.raw_query();
  for (const auto& value : target.query_all(query.substr(0, query.find('=')))) {
    require(value.find('\0') == std::string::npos);
  }
  // A path written anew from what was decoded means the same.
  std::string again;
  for (const char c : path) {
    again += c == '/' ? "/" : c == '\0' ? "%2F" : lift::percent_encode({&c, 1});
  }
  Target second;
  require(second.parse(again).has_value() && second.path() == path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static Target target;
  if (target.parse(text)) {
    check_parsed(target, text);
  } else {
    require(target.raw().empty() && target.path().empty() && target.raw_query().empty());
  }
  const auto decoded = lift::percent_decode(lift::percent_encode(text), true);
  require(text.find('\0') == std::string_view::npos ? decoded == text : !decoded);
  return 0;
}
