#pragma once
// Making bearer tokens and adding them to a token file; what lift-token does.
//
// Thread-safety: any thread and process; writers of one file wait for each other.
// Cost: reads and writes the whole file.

#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/base/random.h"
#include "lift/identity/claims.h"

namespace lift {

/// A new token of 256 bits: `lift_` and 64 hex digits.
[[nodiscard]] std::string make_token(Random& random);

/// Adds a line for `token` to the file at `path`, which is made (readable by its owner only) if it
/// is not there. Readers see the old file or the new one, never a part. Owner and mode are kept.
/// Errors, with the file as it was: `bad_claims`, `bad_token_file` if the file would not be valid
/// afterwards, `token_file_unwritable` with the system's reason.
Result<> add_token(const std::string& path, std::string_view token, const Claims& claims);

}  // namespace lift
