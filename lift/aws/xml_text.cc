#include <array>
#include <utility>

#include "lift/aws/detail/xml_text.h"

namespace lift::detail {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
    {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};

std::optional<std::string> plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t used = 1;
    char c = text[0];
    if (c == '&') {
      used = 0;
      for (const auto& [name, meaning] : kEntities) {
        if (!text.starts_with(name)) continue;
        used = name.size();
        c = meaning;
      }
      if (used == 0) return std::nullopt;
    }
    out += c;
    text.remove_prefix(used);
  }
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::optional<std::string> xml_text(std::string_view document, std::string_view name) {
  if (document.find("<!") != document.npos) return std::nullopt;
  const std::string open = "<" + std::string(name) + ">";
  const std::string close = "</" + std::string(name) + ">";
  const std::size_t at = document.find(open);
  if (at == document.npos || document.find(open, at + 1) != document.npos) return std::nullopt;
  const std::string_view rest = document.substr(at + open.size());
  const std::size_t end = rest.find('<');
  if (end == rest.npos || !rest.substr(end).starts_with(close)) return std::nullopt;
  return plain(trim(rest.substr(0, end)));
}

}  // namespace lift::detail
