#include "lift/telemetry/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace lift {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's wrapping
constexpr int kMemoryLevel = 8;
constexpr std::size_t kMost = std::numeric_limits<uInt>::max();

}  // namespace

struct Gzip::Stream {
  z_stream z{};
};

Gzip::Gzip(int level) : stream_(std::make_unique<Stream>()) {
  const int made = deflateInit2(&stream_->z, std::clamp(level, 1, 9), Z_DEFLATED, kGzipWindow,
                                kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (made != Z_OK) throw std::bad_alloc();
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

void Gzip::compress(std::string_view in, std::string& out) {
  z_stream& z = stream_->z;
  deflateReset(&z);
  out.resize(deflateBound(&z, in.size()));
  std::size_t written = 0;
  int step = Z_OK;
  while (step != Z_STREAM_END) {
    // zlib counts in 32 bits, so a longer input goes in pieces.
    const std::size_t piece = std::min(in.size(), kMost);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    z.avail_in = static_cast<uInt>(piece);
    const std::size_t room = std::min(out.size() - written, kMost);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    z.avail_out = static_cast<uInt>(room);
    step = deflate(&z, piece == in.size() ? Z_FINISH : Z_NO_FLUSH);
    in.remove_prefix(piece - z.avail_in);
    written += room - z.avail_out;
  }
  out.resize(written);
}

std::uint32_t crc32(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace lift
