#include "lift/net/detail/body_decoder.h"

#include <algorithm>

namespace lift::detail {

BodyDecoder::Step BodyDecoder::next(std::string_view input) noexcept {
  if (done_) return {Status::done, 0, {}};
  if (too_large_) return {Status::too_large, 0, {}};
  if (chunked_) {
    const Step step = chunks_.next(input);
    done_ = step.status == Status::done;
    return step;
  }
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  if (n == 0) return {Status::more, 0, {}};
  left_ -= n;
  done_ = left_ == 0;
  return {Status::data, n, input.substr(0, n)};
}

}  // namespace lift::detail
