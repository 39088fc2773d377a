#include <algorithm>

#include "lift/base/ascii.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

constexpr std::size_t kMaxPart = 256;  // of a key, and of a value
constexpr std::size_t kLarge = 128;    // members that are dropped first

bool valid_key(std::string_view key) noexcept {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || ascii::is_digit(c); };
  if (key.empty() || key.size() > kMaxPart || !plain(key.front())) return false;
  return std::ranges::all_of(key, [&](char c) {
    return plain(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  });
}

/// A value is never followed by blanks: they were trimmed.
bool valid_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > kMaxPart) return false;
  return std::ranges::all_of(value,
                             [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

class Members {
 public:
  /// Whether `text` is one, and is no further than the limit.
  bool add(std::string_view text) noexcept {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || count_ == kMaxTraceStateMembers) return false;
    const std::string_view key = text.substr(0, equals);
    if (!valid_key(key) || !valid_value(text.substr(equals + 1))) return false;
    for (std::size_t i = 0; i < count_; ++i) {
      if (members_[i].size() > equals &&
          members_[i].substr(0, equals + 1) == text.substr(0, equals + 1))
        return false;
    }
    members_[count_++] = text;
    size_ += text.size() + 1;
    return true;
  }

  void shorten() noexcept {
    for (std::size_t i = count_; i > 0 && size() > kMaxTraceState; --i) {
      if (members_[i - 1].size() > kLarge) remove(i - 1);
    }
    while (size() > kMaxTraceState) remove(count_ - 1);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_ == 0 ? 0 : size_ - 1; }

  [[nodiscard]] std::string_view joined(Arena& arena) const {
    if (count_ == 0) return {};
    const std::span<char> out = arena.bytes(size());
    char* at = out.data();
    for (std::size_t i = 0; i < count_; ++i) {
      if (i > 0) *at++ = ',';
      at = std::ranges::copy(members_[i], at).out;
    }
    return {out.data(), out.size()};
  }

 private:
  void remove(std::size_t at) noexcept {
    size_ -= members_[at].size() + 1;
    std::copy(members_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
              members_.begin() + static_cast<std::ptrdiff_t>(count_),
              members_.begin() + static_cast<std::ptrdiff_t>(at));
    --count_;
  }

  std::array<std::string_view, kMaxTraceStateMembers> members_;
  std::size_t count_ = 0;
  std::size_t size_ = 0;  // with a comma behind each
};

}  // namespace

std::optional<std::string_view> parse_tracestate(std::span<const std::string_view> fields,
                                                 Arena& arena) {
  Members members;
  for (std::string_view rest : fields) {
    while (!rest.empty()) {
      const std::string_view member = ascii::trim(ascii::cut(rest, ','));
      if (!member.empty() && !members.add(member)) return std::nullopt;
    }
  }
  if (fields.size() == 1) {
    const std::string_view only = ascii::trim(fields.front());
    if (only.size() == members.size() && only.size() <= kMaxTraceState) return only;
  }
  members.shorten();
  return members.joined(arena);
}

}  // namespace lift
