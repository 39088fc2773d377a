#include "lift/identity/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "lift/identity/detail/file.h"

namespace lift {
namespace {

constexpr Duration kLookInterval = std::chrono::seconds(1);

std::unexpected<Error> unreadable(const std::string& path, std::string_view why) {
  return fail("token_file_unreadable", path + ": " + std::string(why));
}

std::unexpected<Error> unreadable(const std::string& path, int error) {
  return unreadable(path, std::generic_category().message(error));
}

Result<> usable(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return unreadable(path, "must be a regular file");
  if ((status.st_mode & S_IWOTH) != 0)
    return unreadable(path, "must not be writable by everyone (chmod o-w)");
  return {};
}

std::array<std::int64_t, 7> stamp_of(const struct stat& s) noexcept {
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  return {number(s.st_dev),         number(s.st_ino),          number(s.st_size),
          number(s.st_mtim.tv_sec), number(s.st_mtim.tv_nsec), number(s.st_ctim.tv_sec),
          number(s.st_ctim.tv_nsec)};
}

}  // namespace

Result<std::shared_ptr<TokenFile>> TokenFile::open(std::string path) {
  Result<Content> content = read(path);
  if (!content) return std::unexpected(content.error());
  return std::shared_ptr<TokenFile>(new TokenFile(std::move(path), *std::move(content)));
}

TokenFile::TokenFile(std::string path, Content content)
    : path_(std::move(path)), table_(std::move(content.table)), stamp_(content.stamp) {}

void TokenFile::refresh(Instant now) {
  Instant::rep next = next_look_.load(std::memory_order_relaxed);
  const Instant::rep mine = now.time_since_epoch().count();
  if (mine < next) return;
  const Instant::rep after = saturating_add(now, kLookInterval).time_since_epoch().count();
  if (next_look_.compare_exchange_strong(next, after, std::memory_order_relaxed)) follow();
}

void TokenFile::follow() {
  const std::lock_guard lock(mutex_);
  const Stamp now = look(path_);
  if (now == stamp_) return;
  // Remembered even if what follows fails, so that one broken file is read and counted once.
  stamp_ = now;
  Result<Content> content = read(path_);
  if (content) {
    stamp_ = content->stamp;
    table_.replace(std::move(content->table));
    reloads_.fetch_add(1, std::memory_order_relaxed);
  } else {
    failures_.fetch_add(1, std::memory_order_relaxed);
  }
  error_ = content ? "" : content.error().message;
}

TokenFile::Stamp TokenFile::look(const std::string& path) noexcept {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {-1, errno};
  return stamp_of(status);
}

Result<TokenFile::Content> TokenFile::read(const std::string& path) {
  // Not waiting: a pipe in the file's place must not hold the service up.
  const detail::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) return unreadable(path, errno);
  if (const Result<> good = usable(path, status); !good) return std::unexpected(good.error());
  // One byte more than a table may have, so that it is refused and not cut.
  const Result<std::string> text = file.read(TokenTable::kMaxBytes + 1);
  if (!text) return unreadable(path, text.error().message);
  Result<TokenTable> table = TokenTable::parse(*text);
  if (!table) return fail(table.error().code, path + ": " + table.error().message);
  return Content{stamp_of(status), *std::move(table)};
}

std::string TokenFile::last_error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace lift
