// A chunked body decodes to the same bytes, the same end and the same verdict however it is cut
// into pieces.
#include <string>

#include "fuzz/model_check.h"
#include "lift/net/detail/chunk_decoder.h"

namespace {

using lift::detail::ChunkDecoder;
using lift::fuzz::require;

struct Decoded {
  ChunkDecoder::Status status = ChunkDecoder::Status::more;
  std::string body;
  std::size_t consumed = 0;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view bytes, std::size_t step) {
  constexpr std::uint64_t kLimit = 4096;
  ChunkDecoder decoder(kLimit);
  Decoded out;
  while (out.consumed < bytes.size()) {
    const auto result = decoder.next(bytes.substr(out.consumed, step));
    require(result.consumed <= step && result.consumed > 0);
    require(result.data.empty() || result.data.data() + result.data.size() ==
                                       bytes.data() + out.consumed + result.consumed);
    out.consumed += result.consumed;
    out.body += result.data;
    out.status =
        result.status == ChunkDecoder::Status::data ? ChunkDecoder::Status::more : result.status;
    if (out.status != ChunkDecoder::Status::more) break;
  }
  require(out.body.size() <= kLimit);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(bytes, size + 1);
  require(decode(bytes, 1) == whole);
  require(decode(bytes, 7) == whole);
  return 0;
}
