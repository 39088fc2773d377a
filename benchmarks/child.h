#pragma once
// A server under test: a child process on one processor that says where it listens.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"

namespace lift::bench {

class Child {
 public:
  /// Starts `arguments[0]` with `input` (at most 64 KiB) as its standard input, on the first
  /// processor we may use.
  static Result<Child> start(std::vector<std::string> arguments, std::string_view input = {});
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  /// Ends it and waits for that.
  ~Child();

  /// The first `127.0.0.1:<port>` it prints, waited for up to five seconds; reads away what it
  /// prints later.
  Result<std::uint16_t> port();
  /// What all its threads have used so far.
  [[nodiscard]] Duration cpu() const;

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_;
  int output_;
  std::jthread drain_;
};

/// Binds the calling thread to the processors that no Child runs on, if there are any.
void keep_off_child_processor();

}  // namespace lift::bench
