#pragma once
// A token table that follows its file.
//
// The file is looked at by the requests themselves, at most once a second, and read again when it
// has changed. A file that has become unreadable or wrong changes nothing: the table of before
// stays in use, the failure is counted and its reason kept. So a file that is deleted revokes
// nobody; to revoke a token, delete its line. The file must be a regular one that not everyone may
// write.
//
// Thread-safety: all functions from any thread.
// Cost: refresh() about 2 ns, 1 µs once a second; reading a changed file takes the calling loop
// about 1 µs a token, once.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/live.h"
#include "lift/identity/token_table.h"

namespace lift {

class TokenFile {
 public:
  /// Reads it for the first time. Errors: `token_file_unreadable` with the system's reason,
  /// `bad_token_file`.
  static Result<std::shared_ptr<TokenFile>> open(std::string path);

  /// Looks whether the file has changed, unless that was done less than a second before `now`.
  void refresh(Instant now);
  /// The table in use; the reference holds until this thread calls table() again.
  [[nodiscard]] const TokenTable& table() const { return table_.read(); }

  [[nodiscard]] std::uint64_t reloads() const noexcept {
    return reloads_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t reload_failures() const noexcept {
    return failures_.load(std::memory_order_relaxed);
  }
  /// Why the file as it is now is not in use; "" if it is. For logs.
  [[nodiscard]] std::string last_error() const;

 private:
  /// What tells one state of the file from another: device, inode, size, times of change; or why it
  /// has none.
  using Stamp = std::array<std::int64_t, 7>;
  struct Content {
    Stamp stamp;
    TokenTable table;
  };
  TokenFile(std::string path, Content content);
  static Stamp look(const std::string& path) noexcept;
  static Result<Content> read(const std::string& path);
  void follow();

  std::string path_;
  Live<TokenTable> table_;
  std::atomic<Instant::rep> next_look_{Instant::min().time_since_epoch().count()};
  std::atomic<std::uint64_t> reloads_{0};
  std::atomic<std::uint64_t> failures_{0};
  mutable std::mutex mutex_;
  Stamp stamp_;  // of what was last read or refused
  std::string error_;
};

}  // namespace lift
