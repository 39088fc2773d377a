#include "lift/aws/profile_file.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift {
namespace {

bool printable(std::string_view line) noexcept {
  return std::ranges::none_of(line, [](char c) { return ascii::is_control(c) && c != '\t'; });
}

bool comment(std::string_view text) noexcept {
  return text.starts_with('#') || text.starts_with(';');
}

std::string_view without_comment(std::string_view value) noexcept {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (comment(value.substr(i)) && ascii::is_blank(value[i - 1])) return value.substr(0, i);
  }
  return comment(value) ? value.substr(0, 0) : value;
}

/// Which profile a section's name means; nothing for a section that is none.
std::optional<std::string_view> profile_of(std::string_view section, AwsProfileFile::Kind kind) {
  if (kind == AwsProfileFile::Kind::credentials || section == "default") return section;
  constexpr std::string_view kPrefix = "profile";
  if (!section.starts_with(kPrefix)) return std::nullopt;
  section.remove_prefix(kPrefix.size());
  if (section.empty() || !ascii::is_blank(section[0])) return std::nullopt;
  section = ascii::trim(section);
  const bool quoted = section.size() > 2 && section.starts_with('"') && section.ends_with('"');
  return quoted ? section.substr(1, section.size() - 2) : section;
}

}  // namespace

/// Takes the lines in order; each answers with the rule that it breaks, empty if none.
class AwsProfileFile::Parser {
 public:
  Parser(AwsProfileFile& file, Kind kind) : file_(file), kind_(kind) {}

  [[nodiscard]] std::string_view take(std::string_view line) {
    if (!printable(line)) return "holds a control character";
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    line = ascii::trim(line);
    if (line.empty() || comment(line)) return {};
    if (!indented && line.starts_with('[')) return begin_section(line);
    if (!in_section_) return "stands before the first [section]";
    if (values_ == nullptr) return {};
    if (!indented || last_ == nullptr) return take_value(line);
    last_->append("\n") += line;
    return {};
  }

 private:
  std::string_view begin_section(std::string_view line) {
    line = ascii::trim(without_comment(line));
    if (line.size() < 3 || !line.ends_with(']')) return "must end with ']'";
    const auto name = profile_of(ascii::trim(line.substr(1, line.size() - 2)), kind_);
    if (name && name->empty()) return "must name a profile";
    values_ = name ? &file_.profiles_[std::string(*name)] : nullptr;
    last_ = nullptr;
    in_section_ = true;
    return {};
  }

  std::string_view take_value(std::string_view line) {
    const std::size_t equals = line.find('=');
    std::string name(ascii::trim(line.substr(0, equals)));
    if (equals == line.npos || name.empty()) return "must be `name = value`";
    std::ranges::transform(name, name.begin(), ascii::lower);
    last_ = &(*values_)[std::move(name)];
    *last_ = ascii::trim(without_comment(ascii::trim(line.substr(equals + 1))));
    return {};
  }

  AwsProfileFile& file_;
  Kind kind_;
  bool in_section_ = false;
  Values* values_ = nullptr;     // of the section, if it is a profile
  std::string* last_ = nullptr;  // the value that an indented line continues
};

Result<AwsProfileFile> AwsProfileFile::parse(std::string_view text, Kind kind) {
  AwsProfileFile file;
  Parser parser(file, kind);
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = ascii::cut(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const std::string_view rule = parser.take(line); !rule.empty())
      return fail("bad_profile_file", "line " + std::to_string(number) + ' ' + std::string(rule));
  }
  return file;
}

std::optional<std::string> AwsProfileFile::value(std::string_view profile,
                                                 std::string_view name) const {
  const auto values = profiles_.find(profile);
  if (values == profiles_.end()) return std::nullopt;
  const auto found = values->second.find(name);
  if (found == values->second.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

AwsProfilePlace AwsProfilePlace::of(const AwsEnvironment& environment) {
  AwsProfilePlace place;
  const std::optional<std::string> home = environment.variable("HOME");
  const auto path = [&](const std::string& variable, const std::string& usual) {
    return environment.variable(variable).value_or(home ? *home + usual : "");
  };
  place.credentials_path = path("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials");
  place.config_path = path("AWS_CONFIG_FILE", "/.aws/config");
  const std::optional<std::string> profile = environment.variable("AWS_PROFILE");
  place.named = profile.has_value();
  place.profile = profile.value_or("default");
  return place;
}

}  // namespace lift
