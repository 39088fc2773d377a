#pragma once
// What the fuzz targets share: reading choices from the input, and ending the run where a rule is
// broken.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace lift::fuzz {

/// The fuzzer keeps the input that got here.
inline void require(bool rule) {
  if (!rule) std::abort();
}

/// Takes choices off the front of the input; at its end everything is 0 or empty.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// As many bytes as the next byte says.
  std::string_view text() {
    const std::string_view out = rest_.substr(0, byte_size());
    rest_.remove_prefix(out.size());
    return out;
  }
  std::string_view remaining() const { return rest_; }

 private:
  std::size_t byte_size() {
    const std::size_t wanted = byte();
    return wanted < rest_.size() ? wanted : rest_.size();
  }

  std::string_view rest_;
};

}  // namespace lift::fuzz
