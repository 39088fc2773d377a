#include "lift/identity/token_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <span>
#include <system_error>

#include "lift/base/crypto.h"
#include "lift/identity/detail/file.h"
#include "lift/identity/token_table.h"

namespace lift {
namespace {

using detail::File;

std::unexpected<Error> unwritable(const std::string& path, int error) {
  return fail("token_file_unwritable", path + ": " + std::generic_category().message(error));
}

/// The file that `path` names now, locked against other writers. A writer that had the lock before
/// may have put a new file in its place; then the lock is on one that nobody reads any more.
Result<File> lock(const std::string& path) {
  for (int tries = 0; tries < 100; ++tries) {
    File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    if (file.fd() < 0 || ::flock(file.fd(), LOCK_EX) != 0) return unwritable(path, errno);
    struct stat held{};
    struct stat named{};
    if (::fstat(file.fd(), &held) != 0) return unwritable(path, errno);
    if (!S_ISREG(held.st_mode))
      return fail("token_file_unwritable", path + ": must be a regular file");
    const bool there = ::stat(path.c_str(), &named) == 0;
    if (there && held.st_ino == named.st_ino && held.st_dev == named.st_dev) return file;
  }
  return unwritable(path, EAGAIN);
}

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// Puts a file with `text` in the place of `old`, whose owner and mode it takes.
Result<> replace(const std::string& path, const File& old, std::string_view text) {
  const std::string fresh_path = path + ".new";
  struct stat status{};
  const File fresh(
      ::open(fresh_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  const bool written = fresh.fd() >= 0 && ::fstat(old.fd(), &status) == 0 &&
                       ::fchown(fresh.fd(), status.st_uid, status.st_gid) == 0 &&
                       ::fchmod(fresh.fd(), status.st_mode & 07777) == 0 &&
                       write_all(fresh.fd(), text) && ::fsync(fresh.fd()) == 0 &&
                       ::rename(fresh_path.c_str(), path.c_str()) == 0;
  if (written) return {};
  const int error = errno;
  ::unlink(fresh_path.c_str());
  return unwritable(path, error);
}

/// Where `path` leads to, so that a symbolic link is kept and not replaced.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

std::string make_token(Random& random) {
  std::array<std::uint8_t, 32> secret;
  random.fill(std::as_writable_bytes(std::span(secret)));
  return "lift_" + hex_encode(secret);
}

Result<> add_token(const std::string& path, std::string_view token, const Claims& claims) {
  if (const std::string_view rule = broken_rule(claims); !rule.empty()) {
    return fail("bad_claims", std::string(rule));
  }
  const std::string target = resolved(path);
  const Result<File> file = lock(target);
  if (!file) return std::unexpected(file.error());
  Result<std::string> text = file->read(TokenTable::kMaxBytes + 1);
  if (!text) return std::unexpected(text.error());
  if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  *text += token_line(token, claims) + '\n';
  const Result<TokenTable> table = TokenTable::parse(*text);
  if (!table) return fail(table.error().code, target + ": " + table.error().message);
  return replace(target, *file, *text);
}

}  // namespace lift
