#pragma once
// Credentials that are fetched once and renewed before they expire.
//
// While they are fresh, get() gives what is there. In the last minutes before they expire one
// refresh runs beside it, however many ask, and the old ones are given meanwhile; if it fails they
// serve until they expire. Only without valid ones does get() wait, all callers for the same
// fetch. After a failure the source is left alone for a while: longer after each, at random.
// Thread-safety: belongs to one loop. The source must outlive it, and it the tasks that it gave.
// Cost: get() about 20 ns while they are fresh, no allocation.

#include <cstdint>
#include <memory>
#include <optional>

#include "lift/aws/credentials.h"
#include "lift/base/intrusive_list.h"
#include "lift/base/timers.h"
#include "lift/resilience/backoff.h"

namespace lift {

struct CachedCredentialsOptions {
  /// How long before they expire they are renewed: 1 s to 1 h; but credentials that live shorter
  /// than twice that are renewed after half their life.
  Duration refresh_before = std::chrono::minutes(5);
  /// At random that much earlier at most, so that a fleet does not ask at once: 0 to 1 h.
  Duration jitter = std::chrono::minutes(1);
  /// Waits after failures: half of it is fixed, half is random.
  BackoffOptions backoff = {
      .base = std::chrono::seconds(1), .cap = std::chrono::minutes(1), .jitter = false};

  [[nodiscard]] Problems validate() const;
};

class CachedCredentials final : public CredentialProvider {
 public:
  struct Counts {
    std::uint64_t fetched = 0;
    std::uint64_t failed = 0;
  };

  /// Error: `bad_configuration` with every broken rule.
  static Result<std::unique_ptr<CachedCredentials>> make(CredentialProvider& source,
                                                         CachedCredentialsOptions options = {});

  /// Errors: those of the source's last answer.
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

  [[nodiscard]] Counts counts() const noexcept { return counts_; }
  /// Why the last fetch failed; empty code if it did not. For logs.
  [[nodiscard]] const Error& last_error() const noexcept { return error_; }

 private:
  class Waiter;
  CachedCredentials(CredentialProvider& source, CachedCredentialsOptions options, Backoff backoff)
      : source_(source), options_(std::move(options)), backoff_(std::move(backoff)) {}
  [[nodiscard]] bool fetching() const noexcept { return fetch_.valid() && !fetch_.done(); }
  [[nodiscard]] bool valid_at(WallTime now) const noexcept;
  Task<Result<std::shared_ptr<const AwsCredentials>>> ask();
  Task<void> fetch();
  void keep(std::shared_ptr<const AwsCredentials> found);
  void put_off(Error error);

  CredentialProvider& source_;
  CachedCredentialsOptions options_;
  Backoff backoff_;
  std::shared_ptr<const AwsCredentials> current_;
  WallTime refresh_at_ = WallTime::max();
  Error error_;
  Instant retry_at_ = Instant::min();
  Duration last_wait_{};
  std::uint64_t failures_ = 0;  // in a row
  Counts counts_;
  IntrusiveList<Timer> waiting_;
  Task<void> fetch_;
};

}  // namespace lift
