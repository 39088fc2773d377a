// Rates as text: what is read is a valid quota, and reads the same when written back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lift/ratelimit/rate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rate = lift::Rate::parse({reinterpret_cast<const char*>(data), size});
  if (!rate) return 0;
  if (!lift::Quota{.rate = *rate}.validate().empty()) {
    // A whole period's count may be more than a burst can be: nothing else may be wrong.
    if (!lift::Quota{.rate = *rate, .burst = 1}.validate().empty()) std::abort();
  }
  const auto again = lift::Rate::parse(rate->to_string());
  if (!again || *again != *rate) std::abort();
  return 0;
}
