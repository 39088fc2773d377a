#include "lift/http/headers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace lift {
namespace {

constexpr bool splits_lines(char c) noexcept { return c == '\r' || c == '\n' || c == '\0'; }

// CR, LF and NUL become spaces, so at either end they are blanks like any other.
std::string_view trim_value(std::string_view value) noexcept {
  const auto cut = [](char c) { return ascii::is_blank(c) || splits_lines(c); };
  while (!value.empty() && cut(value.front())) value.remove_prefix(1);
  while (!value.empty() && cut(value.back())) value.remove_suffix(1);
  return value;
}

/// Names and most values are short: that is cheaper to copy here than to call for.
void copy_short(char* to, const char* from, std::size_t size) noexcept {
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    std::array<char, 16> last;
    std::memcpy(last.data(), from + size - 16, 16);
    std::memcpy(to, from, 16);
    std::memcpy(to + size - 16, last.data(), 16);
  } else if (size >= 8) {
    std::uint64_t last = 0;
    std::memcpy(&last, from + size - 8, 8);
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, &last, 8);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

}  // namespace

Headers& Headers::operator=(const Headers& other) {
  if (this != &other) {
    clear();
    append(other);
  }
  return *this;
}

bool Headers::add(std::string_view name, std::string_view value) {
  if (!ascii::is_token(name)) return false;
  value = trim_value(value);
  add_valid(name, value);
  const std::span stored(bytes_.data() + bytes_.size() - value.size(), value.size());
  std::ranges::replace_if(stored, splits_lines, ' ');
  return true;
}

void Headers::add_valid(std::string_view name, std::string_view value) {
  const std::size_t size = name.size() + value.size();
  if (!entries_.has_room(1) || !bytes_.has_room(size)) [[unlikely]]
    return add_growing(name, value);
  const Entry entry{bytes_.size(), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  char* const to = bytes_.data() + bytes_.size();
  copy_short(to, name.data(), name.size());
  copy_short(to + name.size(), value.data(), value.size());
  bytes_.extend(size);
  entries_.append(&entry, 1);
}

void Headers::add_growing(std::string_view name, std::string_view value) {
  // Callers pass views of other fields of this object, so the old block lives until they are
  // copied.
  const auto old_entries = entries_.reserve_more(1);
  const auto old_bytes = bytes_.reserve_more(name.size() + value.size());
  const Entry entry{bytes_.size(), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  bytes_.append(name.data(), name.size());
  bytes_.append(value.data(), value.size());
  entries_.append(&entry, 1);
}

bool Headers::set(std::string_view name, std::string_view value) {
  if (!add(name, value)) return false;
  remove_among(size() - 1, (*this)[size() - 1].name);
  return true;
}

void Headers::append(const Headers& other) {
  const auto old_entries = entries_.reserve_more(other.entries_.size());
  const auto old_bytes = bytes_.reserve_more(other.bytes_.size());
  const std::uint32_t shift = bytes_.size();
  const std::size_t before = size();
  bytes_.append(other.bytes_.data(), other.bytes_.size());
  entries_.append(other.entries_.data(), other.entries_.size());
  for (std::size_t i = before; i < size(); ++i) entries_[i].at += shift;
}

std::size_t Headers::remove(std::string_view name) noexcept { return remove_among(size(), name); }

std::size_t Headers::remove_among(std::size_t first_fields, std::string_view name) noexcept {
  // Entries first: `name` may be a view of one of them, so no byte moves before the last
  // comparison.
  const std::size_t before = size();
  std::size_t kept = 0;
  while (kept < first_fields && !same_name((*this)[kept].name, name)) ++kept;
  if (kept == first_fields) return 0;  // nothing moves, as is usual
  for (std::size_t i = kept; i < before; ++i) {
    if (i < first_fields && same_name((*this)[i].name, name)) continue;
    entries_[kept++] = entries_[i];
  }
  entries_.truncate(kept);
  std::uint32_t used = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    Entry& e = entries_[i];
    std::memmove(bytes_.data() + used, bytes_.data() + e.at, e.name_size + e.value_size);
    e.at = used;
    used += e.name_size + e.value_size;
  }
  bytes_.truncate(used);
  return before - kept;
}

void Headers::clear() noexcept {
  bytes_.clear();
  entries_.clear();
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (const Field f = (*this)[i]; same_name(f.name, name)) return f.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const noexcept {
  std::size_t n = 0;
  for_each(name, [&](std::string_view) { ++n; });
  return n;
}

}  // namespace lift
