#include "lift/edge/security_headers.h"

#include <algorithm>
#include <string_view>

namespace lift {
namespace {

constexpr std::string_view kStrictTransport = "strict-transport-security";
constexpr std::chrono::seconds kLongestHsts = std::chrono::hours(24 * 365 * 10);

struct Named {
  std::string_view name;
  std::optional<std::string> SecurityHeaderOptions::* value;
};
constexpr Named kNamed[] = {
    {"x-content-type-options", &SecurityHeaderOptions::x_content_type_options},
    {"x-frame-options", &SecurityHeaderOptions::x_frame_options},
    {"referrer-policy", &SecurityHeaderOptions::referrer_policy},
    {"content-security-policy", &SecurityHeaderOptions::content_security_policy},
    {"cache-control", &SecurityHeaderOptions::cache_control},
};

bool valid_value(std::string_view value) {
  const auto visible = [](char c) { return c >= ' ' && c <= '~'; };
  return !value.empty() && value.size() <= 1024 && std::ranges::all_of(value, visible) &&
         value.front() != ' ' && value.back() != ' ';
}

}  // namespace

Problems SecurityHeaderOptions::validate() const {
  Problems problems;
  for (const Named& header : kNamed) {
    const auto& value = this->*header.value;
    if (!value || valid_value(*value)) continue;
    std::string field(header.name);
    std::ranges::replace(field, '-', '_');
    problems.add(std::move(field), *value,
                 "must be 1 to 1024 visible ASCII characters with blanks only between them");
  }
  using std::chrono::seconds;
  if (hsts_max_age && (*hsts_max_age < seconds(0) || *hsts_max_age > kLongestHsts)) {
    problems.add("hsts_max_age", std::to_string(hsts_max_age->count()) + "s",
                 "must be from 0 to 10 years");
  }
  return problems;
}

SecurityHeaders::SecurityHeaders(const SecurityHeaderOptions& options) {
  for (const Named& header : kNamed) {
    if (const auto& value = options.*header.value) plain_.add(header.name, *value);
  }
  all_.append(plain_);
  if (options.hsts_max_age) {
    std::string value = "max-age=" + std::to_string(options.hsts_max_age->count());
    if (options.hsts_include_subdomains) value += "; includeSubDomains";
    all_.add(kStrictTransport, value);
  }
  for (std::size_t i = 0; i < all_.size(); ++i) name_sizes_ |= 1ULL << all_[i].name.size();
}

void SecurityHeaders::apply(Headers& headers, bool secure) const {
  const Headers& ours = secure ? all_ : plain_;
  if (!overlaps(headers)) return headers.append(ours);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const Headers::Field field = ours[i];
    if (!headers.contains(field.name)) headers.add(field.name, field.value);
  }
}

bool SecurityHeaders::overlaps(const Headers& headers) const noexcept {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string_view name = headers[i].name;
    if (name.size() < 64 && (name_sizes_ >> name.size() & 1) != 0 && all_.contains(name))
      return true;
  }
  return false;
}

}  // namespace lift
