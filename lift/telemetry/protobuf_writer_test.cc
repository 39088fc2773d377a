#include "lift/telemetry/protobuf_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace lift {
namespace {

using namespace std::string_literals;

std::string written(const std::function<void(ProtobufWriter&)>& write) {
  std::string out;
  ProtobufWriter writer(out);
  write(writer);
  return out;
}

// The bytes of the examples in the encoding guide of Protocol Buffers, and the ends of each range.
TEST(ProtobufWriter, Writes_each_kind_of_field) {
  using Writer = ProtobufWriter;
  constexpr auto kMinimum = std::numeric_limits<std::int64_t>::min();
  const struct {
    std::function<void(Writer&)> write;
    std::string bytes;
  } rows[] = {
      {[](Writer& w) { w.varint_field(1, 150); }, "\x08\x96\x01"s},
      {[](Writer& w) { w.varint_field(1, 0); }, "\x08\x00"s},
      {[](Writer& w) { w.varint_field(1, 127); }, "\x08\x7f"s},
      {[](Writer& w) { w.varint_field(1, 128); }, "\x08\x80\x01"s},
      {[](Writer& w) { w.varint_field(16, 1); }, "\x80\x01\x01"s},
      {[](Writer& w) { w.varint_field(1, ~0ULL); },
       "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s},
      {[](Writer& w) { w.int_field(1, -2); }, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s},
      {[](Writer& w) { w.sint_field(1, 0); }, "\x08\x00"s},
      {[](Writer& w) { w.sint_field(1, -1); }, "\x08\x01"s},
      {[](Writer& w) { w.sint_field(1, 1); }, "\x08\x02"s},
      {[](Writer& w) { w.sint_field(1, -2); }, "\x08\x03"s},
      {[](Writer& w) { w.sint_field(1, kMinimum); },
       "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s},
      {[](Writer& w) { w.bool_field(3, true); }, "\x18\x01"s},
      {[](Writer& w) { w.fixed64_field(1, 0x0102030405060708); },
       "\x09\x08\x07\x06\x05\x04\x03\x02\x01"s},
      {[](Writer& w) { w.fixed32_field(1, 0x01020304); }, "\x0d\x04\x03\x02\x01"s},
      {[](Writer& w) { w.double_field(2, 1.0); }, "\x11\x00\x00\x00\x00\x00\x00\xf0\x3f"s},
      {[](Writer& w) { w.bytes_field(2, "testing"); }, "\x12\x07testing"s},
      {[](Writer& w) { w.bytes_field(2, ""); }, "\x12\x00"s},
  };
  for (const auto& row : rows) EXPECT_EQ(written(row.write), row.bytes);
}

TEST(ProtobufWriter, Nested_messages_end_with_their_length_before_them) {
  EXPECT_EQ(written([](ProtobufWriter& w) {
              const std::size_t outer = w.begin(3);
              const std::size_t inner = w.begin(1);
              w.varint_field(1, 150);
              w.end(inner);
              w.end(outer);
            }),
            "\x1a\x05\x0a\x03\x08\x96\x01"s);
}

TEST(ProtobufWriter, Lengths_take_as_many_bytes_as_they_need) {
  for (const std::size_t size : {0UL, 1UL, 127UL, 128UL, 16'383UL, 16'384UL, 3'000'000UL}) {
    const std::string text(size, 'x');
    std::string expected;
    ProtobufWriter(expected).bytes_field(7, text);
    std::string nested;
    ProtobufWriter writer(nested);
    const std::size_t mark = writer.begin(7);
    nested += text;
    writer.end(mark);
    EXPECT_EQ(nested, expected) << size;
  }
}

TEST(ProtobufWriter, Packed_fields_and_streams) {
  EXPECT_EQ(written([](ProtobufWriter& w) {
              const std::size_t packed = w.begin(6);
              for (const std::uint64_t value : {3, 270, 86942}) w.varint(value);
              w.end(packed);
            }),
            "\x32\x06\x03\x8e\x02\x9e\xa7\x05"s);
  EXPECT_EQ(written([](ProtobufWriter& w) {
              const std::size_t message = w.begin_delimited();
              w.sint(-1);
              w.fixed64(1);
              w.real(0);
              w.end(message);
            }),
            "\x11\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s);
}

}  // namespace
}  // namespace lift
