#pragma once
// The blocking half of a LogFile: what runs on a worker. One thread at a time.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift::detail {

/// Whole lines, and how far they have been written.
class LineBuffer {
 public:
  void add(std::string_view line) {
    bytes_ += line;
    ends_.push_back(bytes_.size());
  }
  [[nodiscard]] bool finished() const noexcept { return lines_written_ == ends_.size(); }
  /// What it takes of a bounded buffer.
  [[nodiscard]] std::size_t cost() const noexcept {
    return bytes_.size() + ends_.size() * sizeof(std::size_t);
  }
  /// Whole lines that are left.
  [[nodiscard]] std::size_t left() const noexcept { return ends_.size() - lines_written_; }
  [[nodiscard]] bool at_line_start() const noexcept { return written_ == line_start(); }
  [[nodiscard]] std::size_t rest_of_line() const noexcept {
    return ends_[lines_written_] - written_;
  }
  /// As many whole lines as fit into `most` bytes, or what is left of one that does not.
  [[nodiscard]] std::string_view piece(std::size_t most) const noexcept;
  /// Returns how many lines that completed.
  std::size_t wrote(std::size_t bytes) noexcept;
  /// Back to the start of a line of which a part was written.
  void rewind() noexcept { written_ = line_start(); }
  void clear();

 private:
  [[nodiscard]] std::size_t line_start() const noexcept {
    return lines_written_ == 0 ? 0 : ends_[lines_written_ - 1];
  }
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::size_t written_ = 0;
  std::size_t lines_written_ = 0;
};

class FileWriter {
 public:
  struct Rotation {
    std::uint64_t bytes = 0;  ///< 0: never
    Duration age{0};          ///< 0: never
    unsigned keep = 5;
  };
  /// How far a call of write() came. With an error, not to the end.
  struct Progress {
    std::size_t lines = 0;
    std::uint64_t failures = 0;  ///< calls that failed
    int error = 0;               ///< errno of the last of them
  };

  FileWriter(std::string path, Rotation rotation);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();

  /// 0, or an errno. An open file stays as it was on an error.
  [[nodiscard]] int open(Instant now = {}) noexcept;
  /// Writes `lines`, beginning a new file first where it is due or `reopen` wants it.
  Progress write(bool reopen, Instant now) noexcept;

  LineBuffer lines;

 private:
  [[nodiscard]] bool rotation_due(Instant now) const noexcept;
  /// 0, or an errno: then the old file goes on.
  [[nodiscard]] int rotate(Instant now) noexcept;
  /// Whether a write would not block; waits a little for it.
  [[nodiscard]] bool writable() const noexcept;
  [[nodiscard]] std::size_t piece_limit() const noexcept;
  /// Counts a call that failed; 0 is none.
  static void failed(Progress& progress, int error) noexcept;
  /// Part of `lines` by one call; 0, or an errno.
  [[nodiscard]] int write_piece(Progress& progress) noexcept;
  void end_torn_line() noexcept;

  std::string path_;
  Rotation rotation_;
  int fd_ = -1;
  bool owned_ = false;    // not of stdout and stderr
  bool regular_ = false;  // not a pipe, terminal or device
  std::uint64_t size_ = 0;
  Instant opened_;  // its age counts from the first write where open() was not told the time
};

}  // namespace lift::detail
