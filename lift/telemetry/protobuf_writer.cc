#include "lift/telemetry/protobuf_writer.h"

#include <array>
#include <bit>

namespace lift {
namespace {

struct Varint {
  std::array<char, 10> bytes;
  std::size_t size = 0;

  explicit Varint(std::uint64_t value) noexcept {
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>((value & 0x7f) | 0x80);
    bytes[size++] = static_cast<char>(value);
  }
};

template <class Uint>
void append_little_endian(std::string& out, Uint value) {
  std::array<char, sizeof(Uint)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out.append(bytes.data(), bytes.size());
}

}  // namespace

void ProtobufWriter::varint(std::uint64_t value) {
  if (value < 0x80) {
    out_ += static_cast<char>(value);
    return;
  }
  const Varint written(value);
  out_.append(written.bytes.data(), written.size);
}

void ProtobufWriter::sint(std::int64_t value) {
  varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void ProtobufWriter::fixed64(std::uint64_t value) { append_little_endian(out_, value); }

void ProtobufWriter::real(double value) { fixed64(std::bit_cast<std::uint64_t>(value)); }

void ProtobufWriter::tag(int field, Wire wire) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}

void ProtobufWriter::varint_field(int field, std::uint64_t value) {
  tag(field, Wire::varint);
  varint(value);
}

void ProtobufWriter::int_field(int field, std::int64_t value) {
  varint_field(field, static_cast<std::uint64_t>(value));
}

void ProtobufWriter::sint_field(int field, std::int64_t value) {
  tag(field, Wire::varint);
  sint(value);
}

void ProtobufWriter::fixed64_field(int field, std::uint64_t value) {
  tag(field, Wire::fixed64);
  fixed64(value);
}

void ProtobufWriter::fixed32_field(int field, std::uint32_t value) {
  tag(field, Wire::fixed32);
  append_little_endian(out_, value);
}

void ProtobufWriter::double_field(int field, double value) {
  tag(field, Wire::fixed64);
  real(value);
}

void ProtobufWriter::bytes_field(int field, std::string_view value) {
  tag(field, Wire::bytes);
  varint(value.size());
  out_.append(value);
}

std::size_t ProtobufWriter::begin(int field) {
  tag(field, Wire::bytes);
  return begin_delimited();
}

// One byte is kept for the length, as most nested messages are short; end() makes room for more.
std::size_t ProtobufWriter::begin_delimited() {
  out_ += '\0';
  return out_.size();
}

void ProtobufWriter::end(std::size_t mark) {
  const Varint length(out_.size() - mark);
  out_[mark - 1] = length.bytes[0];
  if (length.size > 1) out_.insert(mark, length.bytes.data() + 1, length.size - 1);
}

}  // namespace lift
