#include "lift/telemetry/redaction.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lift/base/ascii.h"
#include "lift/telemetry/detail/card_number.h"
#include "lift/telemetry/detail/name_table.h"
#include "lift/telemetry/detail/shown.h"

namespace lift {
namespace {

using detail::NameTable;
using detail::Segments;
using detail::WordRole;

/// What stays hidden of two findings in one name: "card_pin" is a secret, not a card.
int rank(Sensitivity sensitivity) noexcept {
  constexpr std::array<int, 4> kRank{0, 2, 3, 1};  // open, pii, secret, pan
  return kRank[static_cast<std::size_t>(sensitivity)];
}

std::string as_word(std::string_view name) {
  return std::string(Segments(name.substr(0, detail::kMaxName)).all());
}

/// A whole number that could be a card's.
bool is_card(const Value& value) noexcept {
  std::array<char, 24> digits;
  char* end = digits.data();
  if (value.kind() == Value::Kind::integer && value.integer() > 0)
    end = std::to_chars(end, end + digits.size(), value.integer()).ptr;
  if (value.kind() == Value::Kind::natural)
    end = std::to_chars(end, end + digits.size(), value.natural()).ptr;
  return detail::plausible_card({digits.data(), end});
}

void check_names(Problems& problems, const std::string& field,
                 const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.size() > detail::kMaxName || as_word(name).empty())
      problems.add(field, name.substr(0, detail::kMaxName), "must be a name of 1 to 256 bytes");
  }
}

}  // namespace

struct Redactor::Words {
  NameTable table;
  std::vector<std::string> never;  // sorted

  [[nodiscard]] bool is(std::string_view word, WordRole role) const noexcept {
    if (word.size() > detail::kMaxWord) return false;
    const NameTable::Entry* entry = table.find(word);
    return entry != nullptr && entry->role == role;
  }
  [[nodiscard]] bool allowed(const Segments& name) const noexcept {
    return !never.empty() && std::ranges::binary_search(never, name.all(), std::less<>());
  }
  /// The sensitivity of the word of these segments, if it counts where it stands.
  [[nodiscard]] Sensitivity of(const Segments& name, std::size_t first,
                               std::size_t last) const noexcept;
};

Sensitivity Redactor::Words::of(const Segments& name, std::size_t first,
                                std::size_t last) const noexcept {
  const std::string_view word = name.run(first, last);
  const NameTable::Entry* entry = table.find(word);
  if (entry == nullptr) return Sensitivity::open;
  if (entry->role == WordRole::whole)
    return first == 0 && last == name.count() ? entry->sensitivity : Sensitivity::open;
  if (entry->role != WordRole::anywhere) return Sensitivity::open;
  for (std::size_t i = last; i < name.count(); ++i) {
    if (is(name.run(i, i + 1), WordRole::neutral)) return Sensitivity::open;
  }
  const bool machine = first > 0 && word.starts_with("address") &&
                       is(name.run(first - 1, first), WordRole::technical);
  return machine ? Sensitivity::open : entry->sensitivity;
}

Problems RedactorOptions::validate() const {
  Problems problems;
  check_names(problems, "also", also);
  check_names(problems, "never", never);
  for (const std::string& name : also) {
    const Segments segments(std::string_view(name).substr(0, detail::kMaxName));
    if (segments.all().size() > detail::kMaxWord || segments.count() > detail::kMaxSegmentsOfWord)
      problems.add("also", name, "must have at most four words and 32 letters and digits");
  }
  return problems;
}

Result<std::shared_ptr<const Redactor>> Redactor::make(const RedactorOptions& options) {
  if (auto valid = options.validate().as_result(); !valid)
    return std::unexpected(std::move(valid.error()));
  auto words = std::make_unique<Words>();
  for (const detail::WordGroup& group : detail::sensitive_words()) {
    for (std::string_view rest = group.words; !rest.empty();)
      words->table.add(ascii::cut(rest, ' '), {group.role, group.sensitivity});
  }
  for (const std::string& name : options.also)
    words->table.add(as_word(name), {WordRole::anywhere, Sensitivity::secret});
  for (const std::string& name : options.never) words->never.push_back(as_word(name));
  std::ranges::sort(words->never);
  return std::shared_ptr<const Redactor>(new Redactor(std::move(words)));
}

Redactor::Redactor(std::unique_ptr<const Words> words) : words_(std::move(words)) {}
Redactor::~Redactor() = default;

Sensitivity Redactor::classify(std::string_view name) const noexcept {
  if (name.size() > detail::kMaxName) return Sensitivity::secret;
  const Segments segments(name);
  Sensitivity found = Sensitivity::open;
  for (std::size_t first = 0; first < segments.count(); ++first) {
    const std::size_t most = std::min(segments.count(), first + detail::kMaxSegmentsOfWord);
    for (std::size_t last = first + 1; last <= most; ++last) {
      if (segments.run(first, last).size() > detail::kMaxWord) break;
      const Sensitivity here = words_->of(segments, first, last);
      if (rank(here) > rank(found)) found = here;
    }
  }
  return found != Sensitivity::open && words_->allowed(segments) ? Sensitivity::open : found;
}

std::string pan_last_four(std::string_view text) {
  detail::PanText room;
  return std::string(detail::last_four(text, room));
}

Value Redactor::redact_field(const Field& field, Arena& arena) const {
  Field judged = field;
  if (judged.sensitivity == Sensitivity::open) judged.sensitivity = classify(field.name);
  if (judged.sensitivity == Sensitivity::open && is_card(field.value))
    judged.sensitivity = Sensitivity::pan;
  if (judged.sensitivity != Sensitivity::open) {
    detail::PanText room;
    const Value value = detail::shown(judged, room);
    return judged.sensitivity == Sensitivity::pan ? Value(arena.copy(value.text())) : value;
  }
  if (field.value.kind() != Value::Kind::text) return field.value;
  std::string shown;
  append_redacted_text(shown, field.value.text());
  return shown == field.value.text() ? field.value : Value(arena.copy(shown));
}

}  // namespace lift
