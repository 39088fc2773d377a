#pragma once
// The `deadline` layer: how long a request may take, and no work for a caller that has given up
// already.
//
// The time a request has is its route's timeout, or else this layer's; none on an `unlimited`
// route. Its tenant, the platform and the load may shorten it, and so may the caller by
// `grpc-timeout` or `x-timeout-ms`; nothing lengthens it, and of several the shortest counts. A
// request whose time is used up, or is less than `minimum_useful`, is refused with 504 TIMEOUT,
// reason `deadline_expired`, before anything further in sees it. Otherwise the deadline is the
// request's start plus that time; the chain answers 504 then.
//
// Thread-safety: shared by all loops; update() from any thread.
// Cost: about 5 ns, as much again for the timer of the deadline, and 1 ns a header of the request.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/live.h"
#include "lift/chain/context.h"
#include "lift/chain/layer.h"

namespace lift {

struct DeadlineOptions {
  /// Time for a request whose route does not say: 1 ms to 24 h. 30 s is what clients and proxies
  /// give up after.
  Duration timeout = std::chrono::seconds(30);
  /// Whether the caller's `grpc-timeout` is heeded.
  bool accept_grpc_timeout = true;
  /// Whether the caller's `x-timeout-ms` is heeded.
  bool accept_timeout_ms = true;
  /// A request with less time than this is refused at once: 0 to `timeout`. 0 refuses only what has
  /// expired.
  Duration minimum_useful{0};
  /// What requests of certain tenants may take at most: 1 ms to 24 h each, 10,000 names.
  std::map<std::string, Duration, std::less<>> tenants = {};
  /// What the platform leaves, such as AWS Lambda's remaining time less what an answer takes to
  /// write; nothing: as much as it likes. Asked once a request, on its loop.
  std::function<std::optional<Duration>()> remaining = {};
  /// The share of its time that a request gets now, such as 0.5 under high load: from 0.01 to 1,
  /// others count as the nearer of these. Asked once a request, on its loop.
  std::function<double()> share = {};
  /// What an answer that came too late is: 504, or 408 as the original has it.
  int status = 504;

  [[nodiscard]] Problems validate() const;
};

class Deadline {
 public:
  static constexpr std::string_view kName = "deadline";

  /// Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<Deadline>> make(const DeadlineOptions& options = {});
  /// Replaces the options for requests that enter from now on; on an error the old ones stay.
  Result<> update(const DeadlineOptions& options);

  Verdict enter(Context& ctx, NoSlot&);

  /// Timeout headers that were ignored: malformed, or more than ten years.
  [[nodiscard]] std::uint64_t ignored_headers() const noexcept;

 private:
  /// The options, and whether anything but the route shortens the time.
  struct Plan : DeadlineOptions {
    explicit Plan(const DeadlineOptions& options)
        : DeadlineOptions(options), shortens(!tenants.empty() || remaining || share) {}
    bool shortens;
  };

  explicit Deadline(const DeadlineOptions& options) : plan_(Plan(options)) {}
  /// What the caller asks for; kLongestTimeout if nothing.
  Duration asked(const DeadlineOptions& options, const Headers& headers) noexcept;

  Live<Plan> plan_;
  std::atomic<std::uint64_t> ignored_headers_{0};
};

}  // namespace lift
