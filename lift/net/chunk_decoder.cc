#include "lift/net/detail/chunk_decoder.h"

#include <algorithm>

#include "lift/base/ascii.h"

namespace lift::detail {

ChunkDecoder::Step ChunkDecoder::next(std::string_view input) noexcept {
  std::size_t at = 0;
  while (at < input.size()) {
    if (state_ == State::data) {
      const std::size_t n =
          static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size() - at));
      chunk_left_ -= n;
      if (chunk_left_ == 0) state_ = State::data_cr;
      return {Status::data, at + n, input.substr(at, n)};
    }
    const Status status = framing(input[at++]);
    if (status != Status::more) return {status, at, {}};
  }
  return {Status::more, at, {}};
}

ChunkDecoder::Status ChunkDecoder::framing(char c) noexcept {
  const auto expect = [&](char wanted, State then) {
    state_ = then;
    return c == wanted ? Status::more : Status::malformed;
  };
  switch (state_) {
    case State::size:
      return size_digit(c);
    case State::extension:
      return extension(c);
    case State::size_lf:
      return c == '\n' ? size_known() : Status::malformed;
    case State::data_cr:
      return expect('\r', State::data_lf);
    case State::data_lf:
      return expect('\n', State::size);
    case State::end_cr:
      return expect('\r', State::end_lf);
    case State::end_lf:
      return c == '\n' ? Status::done : Status::malformed;
    case State::data:
      break;
  }
  return Status::malformed;
}

ChunkDecoder::Status ChunkDecoder::size_digit(char c) noexcept {
  if (const int digit = ascii::hex_value(c); digit >= 0) {
    if (++digits_ > kMaxDigits) return Status::malformed;
    chunk_left_ = chunk_left_ << 4 | static_cast<unsigned>(digit);
    return Status::more;
  }
  if (digits_ == 0) return Status::malformed;
  if (c == '\r') {
    state_ = State::size_lf;
    return Status::more;
  }
  state_ = State::extension;
  return c == ';' ? Status::more : Status::malformed;
}

ChunkDecoder::Status ChunkDecoder::extension(char c) noexcept {
  if (c == '\r') {
    state_ = State::size_lf;
    return Status::more;
  }
  const bool visible = c >= ' ' && c < 0x7f;
  if (!visible || ++extension_ > kMaxExtension || ++extensions_ > kMaxExtensions) {
    return Status::malformed;
  }
  return Status::more;
}

ChunkDecoder::Status ChunkDecoder::size_known() noexcept {
  digits_ = 0;
  extension_ = 0;
  if (chunk_left_ > left_in_limit_) return Status::too_large;
  left_in_limit_ -= chunk_left_;
  state_ = chunk_left_ == 0 ? State::end_cr : State::data;
  return Status::more;
}

}  // namespace lift::detail
