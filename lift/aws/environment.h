#pragma once
// Where settings of AWS are looked for: variables and files, both replaceable.
//
// Thread-safety: `variable` is called on the loop or at start, `read_file` on a worker thread.
// Cost: what the functions cost.

#include <functional>
#include <optional>
#include <string>

#include "lift/base/error.h"
#include "lift/base/task.h"

namespace lift {

struct AwsEnvironment {
  /// The value of an environment variable; nothing if it is not set or empty.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// The content of a file, 1 MiB at most. Blocks. Errors: `file_missing` if there is none,
  /// `file_unreadable` with the system's reason.
  std::function<Result<std::string>(const std::string& path)> read_file;

  /// The environment and the file system of this process.
  [[nodiscard]] static AwsEnvironment process();
};

namespace detail {

/// read_file on a worker. `environment` must outlive the task. Errors besides those of read_file:
/// `file_unreadable` if no worker is free.
Task<Result<std::string>> read_file(const AwsEnvironment& environment, std::string path);

}  // namespace detail
}  // namespace lift
