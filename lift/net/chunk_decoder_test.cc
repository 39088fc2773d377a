#include "lift/net/detail/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lift/base/random.h"

namespace lift::detail {
namespace {

using Status = ChunkDecoder::Status;

struct Decoded {
  Status status = Status::more;
  std::string body;
  std::size_t consumed = 0;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

/// Feeds `pieces` as they would arrive, what is not consumed staying for the next time.
Decoded decode(const std::vector<std::string>& pieces, std::uint64_t limit = UINT64_MAX) {
  ChunkDecoder decoder(limit);
  Decoded out;
  for (const std::string_view piece : pieces) {
    std::string_view rest = piece;
    while (true) {
      const ChunkDecoder::Step step = decoder.next(rest);
      out.status = step.status;
      out.body += step.data;
      out.consumed += step.consumed;
      rest.remove_prefix(step.consumed);
      if (step.status == Status::more) break;
      if (step.status != Status::data) return out;
    }
    EXPECT_TRUE(rest.empty());
  }
  return out;
}

struct Case {
  std::string_view name;
  std::string input;
  Status status;
  std::string body;
};

std::vector<Case> cases() {
  return {
      {"nothing", "", Status::more, ""},
      {"empty body", "0\r\n\r\n", Status::done, ""},
      {"many zeros", "0000000000000000\r\n\r\n", Status::done, ""},
      {"one chunk", "5\r\nhello\r\n0\r\n\r\n", Status::done, "hello"},
      {"hex in both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", Status::done,
       "01234567890123456789"},
      {"leading zeros", "0005\r\nhello\r\n00\r\n\r\n", Status::done, "hello"},
      {"what follows is left", "1\r\nx\r\n0\r\n\r\nGET /", Status::done, "x"},
      {"data that looks like framing", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", Status::done,
       "\r\n0\r\n\r\n"},
      {"extensions", "1;a;b=c;d=\"e f\"\r\nx\r\n0;last\r\n\r\n", Status::done, "x"},
      {"cut in the size", "1", Status::more, ""},
      {"cut in the data", "5\r\nhel", Status::more, "hel"},
      {"cut before the end", "0\r\n\r", Status::more, ""},
      {"no size", "\r\nx", Status::malformed, ""},
      {"not hex", "g\r\n", Status::malformed, ""},
      {"a sign", "+1\r\nx\r\n", Status::malformed, ""},
      {"0x", "0x1\r\nx\r\n", Status::malformed, ""},
      {"minus", "-1\r\n", Status::malformed, ""},
      {"leading blank", " 1\r\nx\r\n", Status::malformed, ""},
      {"trailing blank", "1 \r\nx\r\n", Status::malformed, ""},
      {"17 digits", "00000000000000001\r\nx\r\n", Status::malformed, ""},
      {"bare LF after the size", "1\nx\r\n", Status::malformed, ""},
      {"bare CR after the size", "1\rx\r\n", Status::malformed, ""},
      {"bare LF in an extension", "1;a\nx\r\n", Status::malformed, ""},
      {"NUL in an extension", std::string("1;a\0b\r\n", 7), Status::malformed, ""},
      {"a long extension", "1;" + std::string(257, 'a') + "\r\nx", Status::malformed, ""},
      {"too little data", "2\r\nx\r\n0\r\n\r\n", Status::malformed, "x\r"},
      {"too much data", "1\r\nxy\r\n", Status::malformed, "x"},
      {"bare LF after the data", "1\r\nx\n0\r\n\r\n", Status::malformed, "x"},
      {"a trailer", "0\r\nX-Sum: 1\r\n\r\n", Status::malformed, ""},
      {"bare LF at the end", "0\r\n\n", Status::malformed, ""},
  };
}

TEST(ChunkDecoder, ReadsWhatTheTableSays) {
  for (const Case& c : cases()) {
    const Decoded decoded = decode({c.input});
    EXPECT_EQ(decoded.status, c.status) << c.name;
    EXPECT_EQ(decoded.body, c.body) << c.name;
  }
}

TEST(ChunkDecoder, LeavesWhatFollowsTheBody) {
  EXPECT_EQ(decode({"1\r\nx\r\n0\r\n\r\nGET /"}).consumed, 11U);
}

TEST(ChunkDecoder, RefusesMoreThanTheLimitBeforeItComes) {
  EXPECT_EQ(decode({"5\r\nhello\r\n0\r\n\r\n"}, 5).status, Status::done);
  EXPECT_EQ(decode({"6\r\n"}, 5).status, Status::too_large);
  EXPECT_EQ(decode({"5\r\nhello\r\n1\r\n"}, 5).status, Status::too_large);
  EXPECT_EQ(decode({"ffffffffffffffff\r\n"}, 5).status, Status::too_large);
}

TEST(ChunkDecoder, BoundsTheExtensionsOfABody) {
  std::string input;
  for (int i = 0; i < 100; ++i) input += "1;" + std::string(200, 'e') + "\r\nx\r\n";
  EXPECT_EQ(decode({input + "0\r\n\r\n"}).status, Status::malformed);
}

TEST(ChunkDecoder, AnySplitOfTheInputGivesTheSameResult) {
  SeededRandom random(7);
  for (const Case& c : cases()) {
    const Decoded whole = decode({c.input}, 30);
    for (int i = 0; i < 100; ++i) {
      std::vector<std::string> pieces(1);
      for (const char byte : c.input) {
        if (random.below(3) == 0) pieces.emplace_back();
        pieces.back() += byte;
      }
      EXPECT_EQ(decode(pieces, 30), whole) << c.name;
    }
  }
}

TEST(ChunkDecoder, ReadsBackWhatIsEncoded) {
  SeededRandom random(11);
  for (int i = 0; i < 1000; ++i) {
    std::string body;
    std::string encoded;
    for (std::uint64_t chunks = random.below(5); chunks > 0; --chunks) {
      std::string chunk(1 + random.below(40), '\0');
      for (char& byte : chunk) byte = static_cast<char>(random.next());
      constexpr std::string_view kHex = "0123456789abcdef";
      encoded += {kHex[chunk.size() / 16], kHex[chunk.size() % 16], '\r', '\n'};
      encoded += chunk + "\r\n";
      body += chunk;
    }
    const Decoded decoded = decode({encoded + "0\r\n\r\n"});
    EXPECT_EQ(decoded.status, Status::done);
    EXPECT_EQ(decoded.body, body);
  }
}

}  // namespace
}  // namespace lift::detail
