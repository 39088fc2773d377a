#pragma once
// Makes bodies smaller: the gzip format (RFC 1952).
//
// Thread-safety: one thread at a time.
// Cost: 256 KiB kept between calls, so that a call allocates only what `out` grows by; about 3 ns a
// byte of log lines at level 6.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lift {

class Gzip {
 public:
  /// `level` 1 (fast) to 9 (small); others are taken as the nearest.
  explicit Gzip(int level = 6);
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip();

  /// Replaces `out` by `in` compressed: one whole member. `in` must not refer to `out`.
  void compress(std::string_view in, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

/// The checksum that gzip ends with, which some services send beside a body as well.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes) noexcept;

}  // namespace lift
