#pragma once
// Circuit breakers for many operations and tenants, within a bound: who is cut off is told apart,
// and no number of keys takes more memory.
//
//   CircuitBreakers breakers(options, BreakerScope::tenant_and_operation, 10'000, random);
//   CircuitBreakers::Operation& charge = breakers.operation("POST /charges");   // at start
//   const auto admission = breakers.admit(charge, tenant, now, random);
//   if (!admission.held) … refuse, admission.retry_after …
//   breakers.record(charge, tenant, *admission.held, outcome, now, random);
//
// A tenant for whom there is no room any more (see KeyedTable) is judged by a breaker that all such
// tenants of the operation share: never by none.
// Thread-safety: everything from any thread.
// Cost: an operation's own breaker about 12 ns for admit() and record(); a tenant's 25 ns more, for
// its hash and its place. About 350 bytes a key, allocated as keys come.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/bounded_queue.h"
#include "lift/base/keyed_table.h"
#include "lift/base/live.h"
#include "lift/base/sip_hash.h"
#include "lift/resilience/circuit_breaker.h"

namespace lift {

/// Who has a breaker of their own.
enum class BreakerScope : std::uint8_t { everyone, operation, tenant, tenant_and_operation };

/// A change of one breaker. Names are cut at 128 bytes.
struct BreakerEvent {
  std::string operation;
  std::string tenant;
  BreakerChange change;
  std::string reason;  ///< of one by hand
};

class CircuitBreakers {
 public:
  class Operation {
   public:
    explicit Operation(std::string_view its_name, std::uint64_t its_hash)
        : name_(its_name), hash_(its_hash) {}

   private:
    friend class CircuitBreakers;
    std::string name_;
    std::uint64_t hash_;
    CircuitBreaker own_;  ///< of the operation, or of tenants who have none
  };
  /// The right to make a call; given to record() or release(), once.
  struct Held {
    CircuitBreaker* breaker = nullptr;
    CircuitBreaker::Ticket ticket;
  };
  struct Admission {
    std::optional<Held> held;
    Duration retry_after{};  ///< where there is none
  };
  struct View {
    std::string operation;
    std::string tenant;
    BreakerMode mode = BreakerMode::closed;
    BreakerCounts counts;
  };

  static constexpr std::size_t kMaxOperations = 10'000;

  /// `options` must be valid, `max_keys` 1 to 1,000,000. Which keys share a place is drawn from
  /// `random`.
  CircuitBreakers(const CircuitBreakerOptions& options, BreakerScope scope, std::size_t max_keys,
                  Random& random);

  /// The same for the same name, for as long as this lives; beyond kMaxOperations one for all.
  [[nodiscard]] Operation& operation(std::string_view name);

  [[nodiscard]] Admission admit(Operation& operation, std::string_view tenant, Instant now,
                                Random& random);
  /// Returns whether the outcome was a vote, said nothing, or came too late to be one.
  CircuitBreaker::Counted record(Operation& operation, std::string_view tenant, const Held& held,
                                 const Outcome& outcome, Instant now, Random& random);
  static void release(const Held& held) noexcept { held.breaker->release(held.ticket); }

  /// Whether the operation's own breaker lets calls through as usual.
  [[nodiscard]] static bool closed(const Operation& operation) noexcept {
    return operation.own_.mode() == BreakerMode::closed;
  }

  /// By hand, as CircuitBreaker::force(). `reason` is told with the event.
  void force(std::string_view operation, std::string_view tenant, BreakerMode mode,
             std::string_view reason, Instant now, Instant until = kNever);
  /// Holds for calls from now on. A window of another length or kind begins with nothing counted;
  /// else all is kept.
  void update(const CircuitBreakerOptions& options);

  /// The oldest change that was not taken yet. At most 256 are kept; see lost_events().
  [[nodiscard]] std::optional<BreakerEvent> next_event() { return events_.try_pop(); }
  [[nodiscard]] std::uint64_t lost_events() const noexcept { return events_.dropped(); }

  /// Every breaker that there is. Takes locks.
  [[nodiscard]] std::vector<View> view(Instant now);
  /// How often a key had no room.
  [[nodiscard]] std::uint64_t overflowed() const noexcept { return table_.overflowed(); }
  [[nodiscard]] bool by_tenant() const noexcept { return scope_ >= BreakerScope::tenant; }

 private:
  using Table = KeyedTable<CircuitBreaker>;

  [[nodiscard]] bool by_operation() const noexcept {
    return scope_ == BreakerScope::operation || scope_ == BreakerScope::tenant_and_operation;
  }
  [[nodiscard]] std::uint64_t key_of(const Operation& operation,
                                     std::string_view tenant) const noexcept;
  [[nodiscard]] Table::Place place_of(std::uint64_t key, const Operation& operation,
                                      std::string_view tenant, const BreakerTerms& terms,
                                      Instant now);
  void tell(const Operation& operation, std::string_view tenant, const BreakerChange& change,
            std::string_view reason = "");

  const BreakerScope scope_;
  const HashKey secret_;
  Live<BreakerTerms> terms_;
  Table table_;
  std::mutex mutex_;
  std::deque<Operation> operations_;
  BoundedQueue<BreakerEvent, 256> events_;
};

}  // namespace lift
