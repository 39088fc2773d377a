#pragma once
// Servers that are measured against each other: all run at once, each on one and the same
// processor, and are driven in turn, so that they share the machine's moods.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/child.h"
#include "lift/base/error.h"

namespace lift::bench {

/// The request that they are driven with.
inline constexpr std::string_view kHelloRequest =
    "GET /hello/world HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";

/// A server that answers, and what a request cost it in each round, in microseconds of processor
/// time.
struct Server {
  Child child;
  std::uint16_t port;
  std::vector<double> micros;
};

/// A directory for one run, gone with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// A child that says where it listens.
[[nodiscard]] Result<Server> serve(Result<Child> child);

[[nodiscard]] bool has_nginx();
/// nginx by `benchmarks/<configuration>`, in which PORT and BEHIND are replaced by its port and
/// `behind`.
[[nodiscard]] Result<Server> serve_nginx(const std::filesystem::path& directory,
                                         std::string_view configuration, std::uint16_t behind = 0);

/// Drives all in turn, several rounds after one that warms up.
[[nodiscard]] Result<> compare(std::vector<Server>& servers);

}  // namespace lift::bench
