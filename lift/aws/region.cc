#include "lift/aws/region.h"

#include <algorithm>
#include <optional>

#include "lift/aws/profile_file.h"
#include "lift/base/ascii.h"

namespace lift {
namespace {

// It becomes part of a host name, so nothing else may be in it.
bool may_be_region(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) {
           return (ascii::is_letter(c) && ascii::lower(c) == c) || ascii::is_digit(c) || c == '-';
         });
}

Result<std::string> checked(std::string region, std::string_view source) {
  if (may_be_region(region)) return region;
  return fail("bad_region", std::string(source) +
                                " must be a region such as eu-west-1: 1 to 63 of a-z, 0-9 and '-'");
}

Result<std::string> region_of_profile(const AwsEnvironment& environment) {
  const AwsProfilePlace place = AwsProfilePlace::of(environment);
  Result<std::string> text = place.config_path.empty() ? fail("file_missing", "HOME is not set")
                                                       : environment.read_file(place.config_path);
  if (!text && text.error().code != "file_missing") return text;
  std::optional<std::string> region;
  if (text) {
    const auto file = AwsProfileFile::parse(*text, AwsProfileFile::Kind::config);
    if (!file) return fail(file.error().code, place.config_path + ": " + file.error().message);
    region = file->value(place.profile, "region");
  }
  if (!region) {
    return fail("no_region",
                "no AWS region is set: neither AWS_REGION nor AWS_DEFAULT_REGION, nor "
                "`region` of profile " +
                    place.profile + " in " +
                    (place.config_path.empty() ? "~/.aws/config" : place.config_path));
  }
  return checked(*std::move(region), "`region` of profile " + place.profile);
}

std::string_view domain_of(std::string_view region) noexcept {
  if (region.starts_with("cn-")) return "amazonaws.com.cn";
  if (region.starts_with("us-isob-")) return "sc2s.sgov.gov";
  if (region.starts_with("us-iso-")) return "c2s.ic.gov";
  return "amazonaws.com";
}

}  // namespace

Result<std::string> aws_region(const AwsEnvironment& environment) {
  for (const char* const name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = environment.variable(name)) return checked(*std::move(region), name);
  }
  return region_of_profile(environment);
}

Result<Url> aws_endpoint(const AwsEnvironment& environment, AwsService service,
                         std::string_view region) {
  const std::string general = "AWS_ENDPOINT_URL";
  for (const std::string& name : {general + "_" + std::string(service.variable), general}) {
    const std::optional<std::string> text = environment.variable(name);
    if (!text) continue;
    Result<Url> url = Url::parse(*text);
    if (!url) return fail("bad_url", name + ": " + url.error().message);
    return url;
  }
  const Result<std::string> good = checked(std::string(region), "the region");
  if (!good) return std::unexpected(good.error());
  std::string text = "https://";
  text.append(service.name).append(".").append(region).append(".") += domain_of(region);
  return Url::parse(text);
}

}  // namespace lift
