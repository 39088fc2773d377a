#include "lift/ratelimit/detail/limit_snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "lift/base/crypto.h"

namespace lift::detail {
namespace {

constexpr std::string_view kMagic = "lift.ratelimit.1";
constexpr std::uintmax_t kMostBytes = 1U << 30;
constexpr std::size_t kMostLimits = 16;
constexpr std::size_t kDigest = sizeof(Sha256);

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * i & 0xff));
}

/// Reads from the front; once something is missing all that follows is 0.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) noexcept : left_(bytes) {}

  std::uint64_t number(std::size_t bytes) noexcept {
    const std::string_view taken = text(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = taken.size(); i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(taken[i]);
    }
    return value;
  }
  std::string_view text(std::size_t bytes) noexcept {
    whole_ = whole_ && bytes <= left_.size();
    if (!whole_) return {};
    const std::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return taken;
  }
  [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }
  [[nodiscard]] bool whole() const noexcept { return whole_; }

 private:
  std::string_view left_;
  bool whole_ = true;
};

std::string_view digest_of(const Sha256& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::unexpected<Error> bad(const char* what) {
  return fail("bad_snapshot", std::string("the snapshot of limits ") + what);
}

std::unexpected<Error> cannot(const std::string& path) {
  return fail("cannot_save", path + ": " + std::strerror(errno));
}

/// A descriptor that closes itself.
class File {
 public:
  File(const std::string& path, int flags) noexcept : fd_(::open(path.c_str(), flags, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool ok() const noexcept { return fd_ >= 0; }
  [[nodiscard]] bool write(std::string_view bytes) const noexcept {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  [[nodiscard]] bool sync() const noexcept { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

}  // namespace

std::string write_snapshot(const LimitSnapshot& snapshot) {
  std::string out(kMagic);
  put(out, snapshot.secret.low, 8);
  put(out, snapshot.secret.high, 8);
  put(out, snapshot.limits.size(), 4);
  for (const LimitSnapshot::One& limit : snapshot.limits) {
    put(out, limit.name.size(), 1);
    out += limit.name;
    put(out, static_cast<std::uint64_t>(limit.algorithm), 1);
    put(out, limit.words.size(), 8);
    for (const KeptWord& word : limit.words) {
      put(out, word.key, 8);
      put(out, static_cast<std::uint64_t>(word.value), 8);
    }
  }
  out += digest_of(sha256(out));
  return out;
}

Result<LimitSnapshot> read_snapshot(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kDigest || !bytes.starts_with(kMagic)) {
    return bad("is none, or of another version");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kDigest);
  if (digest_of(sha256(content)) != bytes.substr(content.size())) return bad("is damaged");
  Bytes in(content.substr(kMagic.size()));
  LimitSnapshot out;
  out.secret = {.low = in.number(8), .high = in.number(8)};
  const std::uint64_t limits = in.number(4);
  if (limits > kMostLimits) return bad("has too many limits");
  for (std::uint64_t i = 0; i < limits && in.whole(); ++i) {
    LimitSnapshot::One limit;
    limit.name = in.text(in.number(1));
    limit.algorithm = static_cast<LimitAlgorithm>(in.number(1));
    const std::uint64_t words = in.number(8);
    if (words > in.left() / 16) return bad("ends too early");
    for (std::uint64_t n = 0; n < words; ++n) {
      const std::uint64_t key = in.number(8);
      limit.words.push_back({.key = key, .value = static_cast<std::int64_t>(in.number(8))});
    }
    out.limits.push_back(std::move(limit));
  }
  if (!in.whole() || in.left() != 0) return bad("has another length than it says");
  return out;
}

Result<> save_snapshot(const std::string& path, const LimitSnapshot& snapshot) {
  const std::string beside = path + ".new";
  {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (!file.ok() || !file.write(write_snapshot(snapshot)) || !file.sync()) return cannot(beside);
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) return cannot(path);
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  const File directory(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!directory.ok() || !directory.sync()) return cannot(folder);
  return {};
}

Result<LimitSnapshot> load_snapshot(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return fail("no_snapshot", path);
  if (error || size > kMostBytes) return bad("cannot be read, or is larger than 1 GiB");
  std::ifstream file(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return bad("cannot be read");
  return read_snapshot(bytes);
}

}  // namespace lift::detail
