#include "lift/telemetry/detail/name_table.h"

#include <utility>

#include "lift/base/ascii.h"

namespace lift::detail {
namespace {

enum Class : std::uint8_t { separator, lower, upper, digit };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    if (c >= 'a' && c <= 'z') out[c] = lower;
    if (c >= 'A' && c <= 'Z') out[c] = upper;
    if (c >= '0' && c <= '9') out[c] = digit;
    if (c >= 0x80) out[c] = lower;  // of some other script
  }
  return out;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

std::uint8_t class_of(char c) noexcept { return kClasses[static_cast<unsigned char>(c)]; }

/// Whether a segment begins at a character of class `now`.
bool begins(std::uint8_t before, std::uint8_t now, std::uint8_t next) noexcept {
  if (before == separator) return true;
  if ((before == digit) != (now == digit)) return true;
  return now == upper && (before == lower || next == lower);
}

std::array<std::uint64_t, 4> key_of(std::string_view word) noexcept {
  std::array<std::uint64_t, 4> key;
  std::memcpy(key.data(), word.data(), sizeof key);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::size_t left = word.size() > 8 * i ? word.size() - 8 * i : 0;
    if (left == 0) key[i] = 0;
    if (left > 0 && left < 8) key[i] &= (std::uint64_t{1} << 8 * left) - 1;
  }
  return key;
}

std::uint64_t letter_bit(char c) noexcept {
  return std::uint64_t{1} << (static_cast<unsigned char>(c) & 63);
}

}  // namespace

Segments::Segments(std::string_view name) noexcept {
  std::size_t used = 0;
  std::uint8_t before = separator;
  std::uint8_t now = name.empty() ? std::uint8_t{separator} : class_of(name[0]);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const std::uint8_t next = i + 1 < name.size() ? class_of(name[i + 1]) : std::uint8_t{separator};
    if (now != separator) {
      if (begins(before, now, next)) starts_[count_++] = static_cast<std::uint16_t>(used);
      text_[used++] = ascii::lower(name[i]);
    }
    before = now;
    now = next;
  }
  starts_[count_] = static_cast<std::uint16_t>(used);
  std::memset(text_.data() + used, 0, kMaxWord);
}

std::size_t NameTable::hash(const Key& key) noexcept {
  std::uint64_t h = key[0] * 0x9e3779b97f4a7c15 ^ key[1] * 0xc2b2ae3d27d4eb4f;
  h ^= key[2] * 0x165667b19e3779f9 ^ key[3] * 0xd6e8feb86659fd93;
  return static_cast<std::size_t>(h ^ h >> 32);
}

std::size_t NameTable::place(const Key& key) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash(key) & mask;
  while (slots_[at].used && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

void NameTable::grow() {
  std::vector<Slot> old = std::exchange(slots_, {});
  slots_.resize(old.empty() ? 512 : old.size() * 2);
  for (const Slot& slot : old) {
    if (slot.used) slots_[place(slot.key)] = slot;
  }
}

void NameTable::add(std::string_view word, Entry entry) {
  if (2 * (used_ + 1) > slots_.size()) grow();
  std::array<char, kMaxWord> padded{};
  std::memcpy(padded.data(), word.data(), word.size());
  const Key key = key_of({padded.data(), word.size()});
  Slot& slot = slots_[place(key)];
  if (!slot.used) ++used_;
  slot = Slot{.key = key, .used = true, .entry = entry};
  first_letters_[word.size()] |= letter_bit(word[0]);
}

const NameTable::Entry* NameTable::find(std::string_view word) const noexcept {
  if ((first_letters_[word.size()] & letter_bit(word[0])) == 0) return nullptr;
  const Slot& slot = slots_[place(key_of(word))];
  return slot.used ? &slot.entry : nullptr;
}

}  // namespace lift::detail
