#pragma once
// The INI files that AWS tools share: ~/.aws/credentials and ~/.aws/config.
//
// A line is blank, a comment (`#` or `;`), a `[section]`, a `name = value`, or, indented, the
// continuation of a value. A blank and then `#` or `;` begins a comment behind a value. In the
// config file profile x is `[profile x]` and the default one `[default]`; its other sections
// (sso-session, services) are read and passed over. Of several equal names the last counts.
// Anything else makes the whole file wrong.
// Thread-safety: a plain value.
// Cost: parse about 10 ns a byte.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lift/aws/environment.h"
#include "lift/base/error.h"

namespace lift {

class AwsProfileFile {
 public:
  enum class Kind : std::uint8_t { credentials, config };

  /// Errors: `bad_profile_file` with the line's number and the broken rule, never with the text,
  /// which may be a secret.
  static Result<AwsProfileFile> parse(std::string_view text, Kind kind);

  [[nodiscard]] bool has(std::string_view profile) const { return profiles_.contains(profile); }
  /// Nothing if it is missing or empty. `name` is lower case.
  [[nodiscard]] std::optional<std::string> value(std::string_view profile,
                                                 std::string_view name) const;
  [[nodiscard]] std::size_t size() const noexcept { return profiles_.size(); }

 private:
  class Parser;
  using Values = std::map<std::string, std::string, std::less<>>;
  std::map<std::string, Values, std::less<>> profiles_;
};

/// Where the two files are and which profile is meant, by AWS_SHARED_CREDENTIALS_FILE,
/// AWS_CONFIG_FILE, HOME and AWS_PROFILE.
struct AwsProfilePlace {
  std::string credentials_path;  ///< empty: HOME is not set
  std::string config_path;
  std::string profile = "default";
  bool named = false;  ///< AWS_PROFILE is set

  [[nodiscard]] static AwsProfilePlace of(const AwsEnvironment& environment);
};

}  // namespace lift
