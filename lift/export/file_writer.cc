#include "lift/export/detail/file_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

namespace lift::detail {
namespace {

constexpr std::size_t kFilePiece = 64U << 10U;
/// What a pipe that polls as writable takes at once and in one piece (PIPE_BUF of Linux).
constexpr std::size_t kPipePiece = 4096;
constexpr int kPatienceMs = 100;
/// Storage larger than this is given back when a buffer has been written.
constexpr std::size_t kLargestSpare = 1U << 20U;

/// Makes a reader that is gone an error and not the end of the process.
class WithoutSigpipe {
 public:
  WithoutSigpipe() noexcept {
    sigemptyset(&only_);
    sigaddset(&only_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() {
    constexpr timespec kAtOnce{};
    if (!was_pending_) sigtimedwait(&only_, nullptr, &kAtOnce);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t only_;
  sigset_t before_;
  bool was_pending_ = false;
};

/// Whether no other writer has the file open. Then only a crash can have left a line torn; else it
/// may be one that another process is in the middle of, since a long write grows the file in steps.
/// Until share() the caller keeps all others from seeing themselves alone.
bool alone(int fd) noexcept { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

/// Shows other writers that the file is open here, for as long as it is. Waits for one that looks
/// whether it is alone, which takes microseconds, but not for ever: the lock is only advice.
void share(int fd) noexcept {
  for (int i = 0; i < kPatienceMs; ++i) {
    if (::flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    ::poll(nullptr, 0, 1);
  }
}

/// The last byte of the file at `path`, or a newline where it cannot be told.
char last_byte(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return '\n';
  char last = '\n';
  const off_t end = ::lseek(fd, 0, SEEK_END);
  if (end > 0 && ::pread(fd, &last, 1, end - 1) != 1) last = '\n';
  ::close(fd);
  return last;
}

}  // namespace

std::string_view LineBuffer::piece(std::size_t most) const noexcept {
  const auto first = ends_.begin() + static_cast<std::ptrdiff_t>(lines_written_);
  const auto beyond = std::upper_bound(first, ends_.end(), written_ + most);
  const std::size_t end = beyond == first ? *first : *(beyond - 1);
  return std::string_view(bytes_).substr(written_, end - written_);
}

std::size_t LineBuffer::wrote(std::size_t bytes) noexcept {
  written_ += bytes;
  const std::size_t before = lines_written_;
  while (!finished() && ends_[lines_written_] <= written_) ++lines_written_;
  return lines_written_ - before;
}

void LineBuffer::clear() {
  if (bytes_.capacity() > kLargestSpare) bytes_ = std::string();
  bytes_.clear();
  if (ends_.capacity() > kLargestSpare / sizeof(std::size_t)) ends_ = {};
  ends_.clear();
  written_ = 0;
  lines_written_ = 0;
}

FileWriter::FileWriter(std::string path, Rotation rotation)
    : path_(std::move(path)), rotation_(rotation) {}

FileWriter::~FileWriter() {
  if (owned_) ::close(fd_);
}

int FileWriter::open(Instant now) noexcept {
  const bool standard = path_ == "stdout" || path_ == "stderr";
  int fd = path_ == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
  // A FIFO that nobody reads is an error then, and not a wait.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  if (!standard) fd = ::open(path_.c_str(), kFlags, 0640);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0) return errno;
  if (owned_) ::close(fd_);
  fd_ = fd;
  owned_ = !standard;
  regular_ = S_ISREG(status.st_mode);
  size_ = regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  opened_ = now;
  if (owned_ && regular_) {
    if (alone(fd_) && last_byte(path_) != '\n') end_torn_line();
    share(fd_);
  }
  return 0;
}

void FileWriter::end_torn_line() noexcept {
  if (::write(fd_, "\n", 1) == 1) ++size_;
}

bool FileWriter::rotation_due(Instant now) const noexcept {
  if (!owned_ || !regular_ || size_ == 0) return false;
  const bool full = rotation_.bytes > 0 && size_ + lines.rest_of_line() > rotation_.bytes;
  const bool old = rotation_.age > Duration::zero() && now - opened_ >= rotation_.age;
  return full || old;
}

int FileWriter::rotate(Instant now) noexcept {
  const auto name = [this](unsigned i) { return path_ + "." + std::to_string(i); };
  for (unsigned i = rotation_.keep; i > 1; --i) {
    ::rename(name(i - 1).c_str(), name(i).c_str());  // those that are missing are not missed
  }
  if (::rename(path_.c_str(), name(1).c_str()) != 0 && errno != ENOENT) {
    // Goes on as if it were new, so that the next attempt is a whole file away.
    const int error = errno;
    opened_ = now;
    size_ = 0;
    return error;
  }
  return open(now);
}

bool FileWriter::writable() const noexcept {
  if (regular_) return true;
  pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, kPatienceMs) > 0;
}

std::size_t FileWriter::piece_limit() const noexcept {
  if (!regular_) return kPipePiece;
  if (rotation_.bytes <= size_) return kFilePiece;
  return std::min<std::uint64_t>(kFilePiece, rotation_.bytes - size_);
}

void FileWriter::failed(Progress& progress, int error) noexcept {
  if (error == 0) return;
  ++progress.failures;
  progress.error = error;
}

FileWriter::Progress FileWriter::write(bool reopen, Instant now) noexcept {
  const WithoutSigpipe guard;
  Progress progress;
  if (opened_ == Instant{}) opened_ = now;
  if (reopen && owned_) {
    if (!lines.finished() && !lines.at_line_start()) {
      end_torn_line();  // the old file's; the new one gets the line from its start
      lines.rewind();
    }
    failed(progress, open(now));
  }
  while (!lines.finished()) {
    if (lines.at_line_start() && rotation_due(now)) failed(progress, rotate(now));
    const int error = write_piece(progress);
    if (error == EINTR) continue;
    failed(progress, error);
    if (error != 0) break;
  }
  return progress;
}

int FileWriter::write_piece(Progress& progress) noexcept {
  if (!writable()) return EAGAIN;
  std::string_view piece = lines.piece(piece_limit());
  if (!regular_) piece = piece.substr(0, kPipePiece);
  const ssize_t written = ::write(fd_, piece.data(), piece.size());
  if (written < 0) return errno;
  if (written == 0) return EIO;
  size_ += static_cast<std::uint64_t>(written);
  progress.lines += lines.wrote(static_cast<std::size_t>(written));
  return 0;
}

}  // namespace lift::detail
