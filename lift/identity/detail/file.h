#pragma once
// An open file that closes itself. For token files only.

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include "lift/base/error.h"

namespace lift::detail {

class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// Negative if it could not be opened; errno tells why.
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Its bytes, at most `limit`. Error `token_file_unreadable`.
  [[nodiscard]] Result<std::string> read(std::size_t limit) const {
    std::string text(limit, '\0');
    std::size_t used = 0;
    while (used < limit) {
      const ssize_t got = ::read(fd_, text.data() + used, limit - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail("token_file_unreadable", std::generic_category().message(errno));
      if (got == 0) break;
      used += static_cast<std::size_t>(got);
    }
    text.resize(used);
    return text;
  }

 private:
  int fd_;
};

}  // namespace lift::detail
