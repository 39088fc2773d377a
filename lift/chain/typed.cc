#include "lift/chain/typed.h"

namespace lift::detail {
namespace {

bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  constexpr std::string_view kSuffix = "+json";
  if (Headers::same_name(type, "application/json")) return true;
  return type.size() > kSuffix.size() && type.find('/') != type.npos &&
         Headers::same_name(type.substr(type.size() - kSuffix.size()), kSuffix);
}

}  // namespace

std::optional<HttpError> refuse_json(const Request& request) {
  if (request.body.empty()) return parameter_error("the body is empty, must be JSON");
  const std::string_view type = request.headers.value("content-type");
  if (is_json(type)) return std::nullopt;
  return HttpError(
      415, "UNSUPPORTED_MEDIA_TYPE",
      "content-type is \"" + std::string(type.substr(0, 64)) + "\", must be application/json");
}

}  // namespace lift::detail
