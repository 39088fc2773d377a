#pragma once
// Listening sockets.
//
// Thread-safety: no shared state. Cost: at start and end only.

#include <string>
#include <vector>

#include "lift/base/error.h"
#include "lift/net/detail/unique_fd.h"
#include "lift/net/server_options.h"

namespace lift::detail {

/// The file of a Unix-domain socket, removed at the end unless another has taken its place: the
/// next instance may be listening there before this one has finished.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::string path) noexcept;
  SocketFile(SocketFile&&) noexcept = default;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  UniqueFd pinned_;  // keeps the file's inode from being given to another file
};

/// One address, and a socket for each loop.
struct Listening {
  ListenAddress address;  ///< with the port that was given
  int family = 0;
  std::vector<UniqueFd> sockets;
  SocketFile file;
};

/// Binds `address` for `loops` loops. TCP sockets share the port by SO_REUSEPORT, and the kernel
/// spreads connections over them; a Unix-domain socket is one queue that all loops accept from. A
/// socket file that nobody listens on is replaced. Errors: `address_in_use`, `cannot_listen`.
[[nodiscard]] Result<Listening> listen_on(const ListenAddress& address, unsigned loops);

/// From here on no new connection reaches the socket's queue; those in it can still be accepted.
/// Clients that try are left to try again, and are refused once the socket is closed.
void refuse_new_connections(int socket, int family) noexcept;

}  // namespace lift::detail
