#include "lift/aws/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "lift/base/offload.h"

namespace lift {
namespace {

constexpr std::size_t kMaxFile = 1U << 20U;

/// Closes what it holds.
struct OpenFile {
  explicit OpenFile(int descriptor) noexcept : fd(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

std::unexpected<Error> unreadable(const std::string& path, int error) {
  return fail(error == ENOENT ? "file_missing" : "file_unreadable",
              path + ": " + std::generic_category().message(error));
}

Result<std::string> read_whole(const std::string& path) {
  // Not waiting: a pipe in the file's place must not hold a worker up.
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) return fail("file_unreadable", path + ": is not a regular file");
  std::string text(kMaxFile + 1, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t got = ::read(file.fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (used > kMaxFile) return fail("file_unreadable", path + ": is larger than 1 MiB");
  text.resize(used);
  return text;
}

std::optional<std::string> variable_of_process(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

AwsEnvironment AwsEnvironment::process() {
  return {.variable = variable_of_process, .read_file = read_whole};
}

namespace detail {

Task<Result<std::string>> read_file(const AwsEnvironment& environment, std::string path) {
  const auto work = [read = environment.read_file, path] { return read(path); };
  try {
    co_return co_await offload(work);
  } catch (const Overloaded&) {
    co_return fail("file_unreadable", path + ": no worker thread is free");
  }
}

}  // namespace detail
}  // namespace lift
