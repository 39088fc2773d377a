#include <algorithm>
#include <array>

#include "lift/base/ascii.h"
#include "lift/telemetry/redaction.h"

namespace lift {
namespace {

/// Of signed URLs: OpenTelemetry's list, which no option opens.
bool always_hidden(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> kNames{
      "X-Amz-Signature",  "X-Amz-Credential", "X-Amz-Security-Token",
      "AWSAccessKeyId",   "Signature",        "sig",
      "X-Goog-Signature", "X-Goog-Credential"};
  return std::ranges::any_of(kNames, [name](auto known) { return ascii::same(known, name); });
}

/// A `%` that no two digits follow stays what it is.
void decode(std::string& out, std::string_view text) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        ascii::hex_value(text[i + 1]) >= 0 && ascii::hex_value(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(ascii::hex_value(text[i + 1]) << 4 | ascii::hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
}

}  // namespace

void Redactor::append_redacted_query(std::string& out, std::string_view query) const {
  std::string plain;
  std::string shown;
  // As it is, unless something in it must not be seen.
  const auto append_part = [&](std::string_view part) {
    decode(plain, part);
    shown.clear();
    append_redacted_text(shown, plain);
    out.append(shown == plain ? part : kRedactedParameter);
  };
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view value = query.substr(0, end);
    const std::size_t equals = value.find('=');
    const std::string_view name = ascii::cut(value, '=');
    append_part(name);
    if (equals != std::string_view::npos) out += '=';
    if (!value.empty()) {
      decode(plain, name);
      const bool hidden = always_hidden(plain) || classify(plain) != Sensitivity::open;
      hidden ? void(out.append(kRedactedParameter)) : append_part(value);
    }
    if (end < query.size()) out += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

}  // namespace lift
