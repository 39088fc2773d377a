// What is read from AWS's files and services: whatever the text, it is refused or read, no value
// spans what a line cannot hold, no error repeats the text, and XML gives no more than it has.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lift/aws/detail/aws_time.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/aws/detail/xml_text.h"
#include "lift/aws/profile_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void profile(std::string_view text, lift::AwsProfileFile::Kind kind) {
  const auto file = lift::AwsProfileFile::parse(text, kind);
  if (!file) {
    const std::string& message = file.error().message;
    require(file.error().code == "bad_profile_file" && message.starts_with("line "));
    require(message.size() < 80);
    return;
  }
  require(file->size() <= text.size());
  for (const std::string_view name : {"aws_access_key_id", "aws_secret_access_key", "region"}) {
    const auto value = file->value("default", name);
    if (value) require(!value->empty() && value->size() <= text.size());
  }
  // Another section behind it changes nothing of what was read.
  const std::string longer = std::string(text) + "\n[profile zzz]\nregion=r\n";
  const auto again = lift::AwsProfileFile::parse(longer, kind);
  require(again.has_value());
  require(again->value("default", "region") == file->value("default", "region"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  profile(text, lift::AwsProfileFile::Kind::credentials);
  profile(text, lift::AwsProfileFile::Kind::config);
  const auto element = lift::detail::xml_text(text, "A");
  if (element) require(element->size() + 7 <= text.size());
  const auto time = lift::detail::parse_iso8601(text);
  if (time) require(lift::detail::amz_date(*time).size() == 16);
  const auto found = lift::detail::from_metadata(text, lift::WallTime{});
  if (found) require(!(*found)->access_key_id.empty() && !(*found)->secret_access_key.empty());
  return 0;
}
