#include "lift/telemetry/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>

#include "lift/base/random.h"

namespace lift {
namespace {

std::string inflated(std::string in) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  std::string out;
  std::array<char, 4096> block;
  int step = Z_OK;
  while (step == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = block.size();
    step = inflate(&z, Z_NO_FLUSH);
    out.append(block.data(), block.size() - z.avail_out);
  }
  EXPECT_EQ(step, Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0U) << "bytes behind the end";
  inflateEnd(&z);
  return out;
}

TEST(Gzip, WhatWentInComesOut) {
  Gzip gzip;
  std::string out;
  SeededRandom random(1);
  for (const std::size_t size : {0U, 1U, 100U, 65'535U, 1'000'000U}) {
    std::string noise(size, '\0');
    random.fill(std::as_writable_bytes(std::span(noise)));
    for (const std::string& in : {std::string(size, 'a'), noise}) {
      gzip.compress(in, out);
      EXPECT_EQ(inflated(out), in);
    }
  }
}

TEST(Gzip, RepetitionBecomesSmallAtEveryLevel) {
  std::string in;
  for (int i = 0; i < 1000; ++i) in += R"({"level":"INFO","message":"request"})";
  for (const int level : {-5, 1, 6, 9, 100}) {
    Gzip gzip(level);
    std::string out;
    gzip.compress(in, out);
    EXPECT_LT(out.size(), in.size() / 20) << level;
    EXPECT_EQ(inflated(out), in) << level;
  }
}

TEST(Crc32, IsThatOfTheStandard) {
  EXPECT_EQ(lift::crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(lift::crc32(""), 0U);
}

}  // namespace
}  // namespace lift
