#pragma once
// Counts in a file, for the next start.
//
// Little-endian: "lift.ratelimit.1", the keys' secret (16 bytes), the number of limits (4); of each
// its name's length (1) and name, its algorithm (1), the number of its keys (8), and of each key
// its hash and its value (8 each); last the SHA-256 of all that. It is written beside its place and
// put there when it is on the disk, so there is always a whole one.
// Thread-safety: reentrant. Cost: reading and writing block.

#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/sip_hash.h"
#include "lift/ratelimit/detail/limit_counts.h"

namespace lift::detail {

struct LimitSnapshot {
  struct One {
    std::string name;
    LimitAlgorithm algorithm = LimitAlgorithm::gcra;
    std::vector<KeptWord> words;
  };
  HashKey secret{};
  std::vector<One> limits;
};

[[nodiscard]] std::string write_snapshot(const LimitSnapshot& snapshot);
/// Error `bad_snapshot`.
[[nodiscard]] Result<LimitSnapshot> read_snapshot(std::string_view bytes);

/// Errors: `cannot_save`, with the system's words.
[[nodiscard]] Result<> save_snapshot(const std::string& path, const LimitSnapshot& snapshot);
/// Errors: `no_snapshot`, where there is no file yet; `bad_snapshot`.
[[nodiscard]] Result<LimitSnapshot> load_snapshot(const std::string& path);

}  // namespace lift::detail
