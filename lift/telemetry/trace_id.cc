#include "lift/telemetry/trace_id.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lift/base/ascii.h"
#include "lift/base/hex.h"

namespace lift {
namespace {

std::uint32_t big_endian(std::uint32_t word) noexcept {
  return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

void store(std::uint32_t word, std::uint8_t* out) noexcept {
  word = big_endian(word);
  std::memcpy(out, &word, sizeof word);
}

template <std::size_t N>
void write_bytes(const std::array<std::uint8_t, N>& bytes, char* out) noexcept {
  for (std::size_t i = 0; i < N; i += 4) {
    std::uint32_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    write_hex(big_endian(word), out + 2 * i);
  }
}

template <class Id>
std::optional<Id> parse_id(std::string_view digits) noexcept {
  Id id;
  if (digits.size() != 2 * id.bytes.size()) return std::nullopt;
  std::uint32_t any = 0;
  for (std::size_t i = 0; i < id.bytes.size(); i += 4) {
    std::uint32_t word;
    if (!read_hex(digits.data() + 2 * i, word)) return std::nullopt;
    any |= word;
    store(word, id.bytes.data() + i);
  }
  if (any == 0) return std::nullopt;
  return id;
}

}  // namespace

TraceId new_trace_id(std::int64_t epoch_seconds, Random& random) noexcept {
  // Put together in registers: an id in memory that is read as a whole right after it was written
  // in parts makes the processor wait.
  const auto seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(epoch_seconds, 0));
  const std::uint64_t front = big_endian(seconds) | (random.next() << 32);
  const std::uint64_t back = std::max<std::uint64_t>(random.next(), 1);
  return std::bit_cast<TraceId>(std::array{front, back});
}

SpanId new_span_id(Random& random) noexcept {
  const std::uint64_t word = std::max<std::uint64_t>(random.next(), 1);
  return std::bit_cast<SpanId>(word);
}

TraceContext begin_trace(std::int64_t epoch_seconds, Random& random) noexcept {
  return TraceContext{.trace = new_trace_id(epoch_seconds, random),
                      .span = {},
                      .sampled = false,
                      .random = true,
                      .state = {}};
}

void to_hex(const TraceId& id, std::array<char, 32>& out) noexcept {
  write_bytes(id.bytes, out.data());
}

void to_hex(const SpanId& id, std::array<char, 16>& out) noexcept {
  write_bytes(id.bytes, out.data());
}

void to_xray(const TraceId& id, std::array<char, 35>& out) noexcept {
  std::array<char, 32> hex;
  to_hex(id, hex);
  out[0] = '1';
  out[1] = out[10] = '-';
  std::memcpy(out.data() + 2, hex.data(), 8);
  std::memcpy(out.data() + 11, hex.data() + 8, 24);
}

std::optional<TraceId> parse_trace_id(std::string_view text) noexcept {
  return parse_id<TraceId>(text);
}

std::optional<SpanId> parse_span_id(std::string_view text) noexcept {
  return parse_id<SpanId>(text);
}

std::optional<TraceId> parse_xray_id(std::string_view text) noexcept {
  if (text.size() != 35 || !text.starts_with("1-") || text[10] != '-') return std::nullopt;
  std::array<char, 32> hex;
  std::ranges::transform(text.substr(2, 8), hex.begin(), ascii::lower);
  std::ranges::transform(text.substr(11), hex.begin() + 8, ascii::lower);
  return parse_id<TraceId>({hex.data(), hex.size()});
}

}  // namespace lift
