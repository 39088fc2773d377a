#pragma once
// What may not be seen in logs and spans, and what stands in its place.
//
//   const auto redactor = Redactor::make({.also = {"merchant_ref"}}).value();
//   redactor->append_redacted_json(line, body, 4096);
//
// A name is judged by its words, not by what it happens to contain: `card_pin`, `cardPin` and
// `CARD-PIN` are sensitive, `shipping_status` and `spinner` are not. Values under sensitive names
// are replaced whatever they hold; text under other names is searched for card numbers and
// credentials. What a field's own type says counts more than its name.
// Thread-safety: immutable; share it.
// Cost: classify() about 40 ns for a short name; text about 2 ns a byte. Everything takes time
// linear in its input, and writes at most ten times as much.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/arena.h"
#include "lift/base/error.h"
#include "lift/telemetry/field.h"

namespace lift {

/// In place of a value.
inline constexpr std::string_view kRedacted = "[REDACTED]";
/// In place of a query parameter's value, as OpenTelemetry wants it.
inline constexpr std::string_view kRedactedParameter = "REDACTED";

struct RedactorOptions {
  /// Further sensitive words, such as "merchant_ref": of one to four segments, 32 letters and
  /// digits at most. Matched as the built-in ones are: "api_key" finds X-Api-Key and apiKey.
  std::vector<std::string> also;
  /// Whole names that are open whatever their words, such as "authorization_id". Credentials in
  /// the query of a signed URL stay hidden all the same.
  std::vector<std::string> never;

  [[nodiscard]] Problems validate() const;
};

/// `****1111`, or `[REDACTED]` if `text` has fewer than 13 digits or anything but digits, blanks
/// and dashes.
[[nodiscard]] std::string pan_last_four(std::string_view text);

class Redactor {
 public:
  /// Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<const Redactor>> make(const RedactorOptions& options = {});

  /// What values of this name are. Names of more than 256 bytes are secret.
  [[nodiscard]] Sensitivity classify(std::string_view name) const noexcept;

  /// The same for headers, of which the case never matters.
  [[nodiscard]] bool header_is_sensitive(std::string_view name) const noexcept {
    return classify(name) != Sensitivity::open;
  }

  /// What to show of a field: its value as it is, or text that lives as long as `arena`.
  [[nodiscard]] Value redact_field(const Field& field, Arena& arena) const;

  /// Free text, as far as it can be told: card numbers become `************1111`; credentials are
  /// replaced behind `Bearer` and `Basic`, values behind `secret_name=`, `secret_name:` (unless
  /// they read like prose) and `"sensitive_name":`; so is the rest of an Authorization or Cookie
  /// line.
  void append_redacted_text(std::string& out, std::string_view text) const;

  /// `a=b&c=d`, of a URL or a form. Names are kept, in the order and the encoding they came in.
  void append_redacted_query(std::string& out, std::string_view query) const;

  /// JSON anew, without blanks; what stands under a sensitive name is replaced as a whole. At most
  /// `max_bytes`, a cut marked by `...[truncated]` behind them. What is no JSON (RFC 8259), or
  /// nests deeper than 64, becomes `[NOT JSON] 123 bytes`.
  void append_redacted_json(std::string& out, std::string_view json, std::size_t max_bytes) const;

  ~Redactor();

 private:
  struct Words;
  explicit Redactor(std::unique_ptr<const Words> words);
  std::unique_ptr<const Words> words_;
};

}  // namespace lift
