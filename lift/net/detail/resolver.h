#pragma once
// Names to addresses: asked of the system by a worker, kept for a while, asked once by all that
// want the same name at a time.
//
// Thread-safety: belongs to one loop.
// Cost: a known name a look into a map; a lookup two thread hops beside the system's work.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/task.h"
#include "lift/base/task_scope.h"
#include "lift/http/address.h"
#include "lift/net/detail/client_setting.h"
#include "lift/net/detail/parked.h"

namespace lift::detail {

/// At most kMostAddresses, in the system's order of preference (RFC 6724). Errors:
/// `resolve_failed`. Blocks.
[[nodiscard]] Result<std::vector<IpAddress>> look_up(const std::string& host);
inline constexpr std::size_t kMostAddresses = 8;

class Resolver {
 public:
  explicit Resolver(ClientSetting& setting) noexcept : setting_(setting) {}

  /// Errors: `resolve_failed`; `busy` where the workers or the table of names are full;
  /// `connect_timeout` at `until`.
  Task<Result<std::vector<IpAddress>>> resolve(std::string_view host, Instant until);

 private:
  static constexpr std::size_t kMostNames = 256;
  struct Name {
    Result<std::vector<IpAddress>> found = fail("busy", "too many names are being looked up");
    Instant until = Instant::min();  // what was found holds
    bool asking = false;
    IntrusiveList<Parked> waiting;
  };

  [[nodiscard]] Name* find_or_add(std::string_view host);
  [[nodiscard]] bool make_room();
  Task<void> ask(std::string host);
  void learned(const std::string& host, Result<std::vector<IpAddress>> found) noexcept;

  ClientSetting& setting_;
  std::map<std::string, Name, std::less<>> names_;
  TaskScope lookups_;
};

}  // namespace lift::detail
