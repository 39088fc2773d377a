#pragma once
// A request's body as its head framed it: nothing, a number of bytes, or chunks.
//
// Thread-safety: a plain value.
// Cost: copies nothing, allocates nothing.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lift/net/detail/chunk_decoder.h"

namespace lift::detail {

/// How the head says the body is delimited.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;  ///< bytes, unless chunked
};

class BodyDecoder {
 public:
  using Status = ChunkDecoder::Status;
  using Step = ChunkDecoder::Step;

  BodyDecoder() = default;
  explicit BodyDecoder(const BodyFraming& framing) noexcept
      : chunked_(framing.chunked),
        done_(!framing.chunked && framing.length == 0),
        left_(framing.length) {}

  /// The most that the body may hold; to be set before the first byte is read.
  void limit(std::uint64_t bytes) noexcept {
    if (chunked_) chunks_ = ChunkDecoder(bytes);
    too_large_ = !chunked_ && left_ > bytes;
  }

  /// Looks at `input` up to the next event.
  [[nodiscard]] Step next(std::string_view input) noexcept;

  /// Nothing of this body is still to come.
  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] bool chunked() const noexcept { return chunked_; }
  /// Bytes still to come, where the head told the length.
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

 private:
  bool chunked_ = false;
  bool done_ = true;
  bool too_large_ = false;
  std::uint64_t left_ = 0;
  ChunkDecoder chunks_;
};

}  // namespace lift::detail
