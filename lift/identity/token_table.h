#pragma once
// Bearer tokens and whom each stands for, read from text that holds no token, only SHA-256 digests
// of them.
//
//   # digest (64 hex digits)  tenant  user  roles        after a # comes a comment
//   9f86d081…0f00a08          acme    ann   admin,ops    # laptop
//   60303ae2…7d9a2c           -       probe              # `-`: no tenant; no roles
//
// Fields stand apart by blanks. Tokens must be random (lift-token makes them of 256 bits): a digest
// of a guessable one gives it away. Looking up hashes first, so what the time tells is of the
// digest, from which no token follows.
//
// Thread-safety: immutable once parsed.
// Cost: find about 150 ns, nearly all of it SHA-256.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/crypto.h"
#include "lift/base/error.h"
#include "lift/identity/claims.h"

namespace lift {

class TokenTable {
 public:
  static constexpr std::size_t kMaxBytes = 1024 * 1024;
  static constexpr std::size_t kMaxTokens = 10'000;
  static constexpr std::size_t kMaxTokenBytes = 512;

  /// Reads all or nothing. Error `bad_token_file` with the line's number and the broken rule, never
  /// with what the line holds: someone may have put a token there.
  static Result<TokenTable> parse(std::string_view text);

  /// Whom `token` stands for; null if no one. Valid as long as the table.
  [[nodiscard]] const Claims* find(std::string_view token) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Sha256 digest;
    std::uint32_t line;
    Claims claims;
  };
  static Result<TokenTable> sorted(TokenTable table);

  std::vector<Entry> entries_;  // by digest
};

/// The line of a token file for `token`, without a line break. `claims` must be valid.
[[nodiscard]] std::string token_line(std::string_view token, const Claims& claims);

}  // namespace lift
