#include "lift/telemetry/probability.h"

#include <algorithm>
#include <cmath>

#include "lift/base/ascii.h"
#include "lift/base/hex.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

constexpr std::size_t kDigits = 14;  // of 56 bits
constexpr std::string_view kMember = "ot=";
constexpr std::size_t kMaxMember = kMember.size() + 256;  // a value has at most 256

/// The value of the state's `ot`, "" without one.
std::string_view ot_of(std::string_view state) noexcept {
  while (!state.empty()) {
    const std::string_view member = ascii::cut(state, ',');
    if (member.starts_with(kMember)) return member.substr(kMember.size());
  }
  return {};
}

/// The value of one part of `ot`: `name` is "th:" or "rv:".
std::string_view part_of(std::string_view ot, std::string_view name) noexcept {
  while (!ot.empty()) {
    const std::string_view part = ascii::cut(ot, ';');
    if (part.starts_with(name)) return part.substr(name.size());
  }
  return {};
}

/// Up to 14 digits, zeros assumed behind them.
std::optional<std::uint64_t> read_fraction(std::string_view text) noexcept {
  if (text.empty() || text.size() > kDigits) return std::nullopt;
  std::array<char, 16> digits;
  digits.fill('0');
  std::ranges::copy(text, digits.begin() + 2);
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  if (!read_hex(digits.data(), high) || !read_hex(digits.data() + 8, low)) return std::nullopt;
  return std::uint64_t{high} << 32 | low;
}

class Line {
 public:
  explicit Line(Arena& arena) : out_(arena.bytes(kMaxTraceState)) {}

  /// Whether `text` and a separator leave it no longer than `limit`.
  [[nodiscard]] bool fits(std::string_view text, std::size_t limit) const noexcept {
    return used_ + 1 + text.size() <= limit;
  }
  void add(std::string_view text) noexcept {
    std::ranges::copy(text, out_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += text.size();
  }
  void clear() noexcept { used_ = 0; }
  [[nodiscard]] std::string_view text() const noexcept { return {out_.data(), used_}; }

 private:
  std::span<char> out_;
  std::size_t used_ = 0;
};

void add_threshold(Line& line, std::uint64_t threshold) noexcept {
  std::array<char, 16> digits;
  write_hex(static_cast<std::uint32_t>(threshold >> 32), digits.data());
  write_hex(static_cast<std::uint32_t>(threshold), digits.data() + 8);
  std::string_view text(digits.data() + 2, kDigits);
  while (text.size() > 1 && text.back() == '0') text.remove_suffix(1);
  line.add("th:");
  line.add(text);
}

/// `ot` anew: th first, then its other parts.
void add_ot(Line& line, std::string_view old, std::uint64_t threshold) noexcept {
  line.add(kMember);
  if (threshold < kKeepNone) add_threshold(line, threshold);
  while (!old.empty()) {
    const std::string_view part = ascii::cut(old, ';');
    if (part.empty() || part.starts_with("th:") || !line.fits(part, kMaxMember)) continue;
    if (!line.text().ends_with('=')) line.add(";");
    line.add(part);
  }
}

}  // namespace

std::uint64_t threshold_of(double probability) noexcept {
  if (!(probability > 0)) return kKeepNone;
  if (probability >= 1) return 0;
  // Not (1 - p) * 2^56: 1 - p would round a small p away.
  return kKeepNone - static_cast<std::uint64_t>(std::llround(probability * 0x1p56));
}

double probability_of(std::uint64_t threshold) noexcept {
  return static_cast<double>(kKeepNone - std::min(threshold, kKeepNone)) * 0x1p-56;
}

std::uint64_t randomness_of(const TraceId& trace, std::string_view state) noexcept {
  if (!state.empty()) {
    const std::string_view stated = part_of(ot_of(state), "rv:");
    const auto value = read_fraction(stated);
    if (stated.size() == kDigits && value) return *value;
  }
  std::uint64_t bits = 0;
  for (std::size_t i = 9; i < 16; ++i) bits = bits << 8 | trace.bytes[i];
  return bits;
}

std::optional<std::uint64_t> stated_threshold(std::string_view state) noexcept {
  return read_fraction(part_of(ot_of(state), "th:"));
}

std::string_view with_threshold(std::string_view state, std::uint64_t threshold, Arena& arena) {
  Line line(arena);
  add_ot(line, ot_of(state), threshold);
  std::size_t members = 1;
  if (line.text() == kMember) {
    line.clear();
    members = 0;
  }
  while (!state.empty() && members < kMaxTraceStateMembers) {
    const std::string_view member = ascii::cut(state, ',');
    if (member.starts_with(kMember) || !line.fits(member, kMaxTraceState)) continue;
    if (members++ > 0) line.add(",");
    line.add(member);
  }
  return line.text();
}

}  // namespace lift
