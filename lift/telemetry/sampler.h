#pragma once
// Which traces are kept: the head decides when a request comes, the tail when it is done.
//
// Each route has a rule, found once by its method and operation: the first of the options' rules
// that matches, else the default. A rule keeps the first `reservoir` requests of every second, and
// of the others the share `ratio`, chosen by the trace id, so that services agree
// (lift/telemetry/probability.h). Unless `parent` says otherwise, a caller that has decided is
// followed.
//
//   const std::size_t rule = sampler->rule_for("GET", "/orders/{id}");      // once a route
//   const Decision head = sampler->decide(rule, trace, now, in.sampled, in.context.state);
//   const Kept kept = tail_keep(head.sampled, failed, duration, slow, armed);  // at the end
//
// Thread-safety: decide() from any thread, lock-free; a reservoir is exact across threads.
// Cost: decide() below 10 ns, no allocation. rule_for() looks through the rules.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/telemetry/propagation.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/trace_id.h"

namespace lift {

/// What becomes of a trace that a caller began.
enum class ParentPolicy : std::uint8_t {
  respect,  ///< it is continued, and kept if the caller keeps it
  restart,  ///< a new trace begins here and is decided here: for gates to the outside
};

/// How much of something is kept.
struct SamplingRate {
  /// Share of the requests that the reservoir did not take: 0 to 1.
  double ratio = 1;
  /// Requests that are kept in any case, a second and process: 0 to 1,000,000.
  std::uint32_t reservoir = 0;
};

struct SamplingRule {
  /// `*` stands for any characters, `?` for one; 1 to 256 characters, case matters.
  std::string operation = "*";
  std::string method = "*";
  SamplingRate rate;
};

struct SamplerOptions {
  /// For what no rule matches. All by default; X-Ray's own default is {0.05, 1}.
  SamplingRate rate;
  /// At most 100; the first match counts.
  std::vector<SamplingRule> rules;
  ParentPolicy parent = ParentPolicy::respect;

  [[nodiscard]] Problems validate() const;
};

struct Decision {
  bool sampled = false;
  /// How likely such a request is kept: its weight is the inverse. 1 for what the reservoir took;
  /// for a caller's decision what its `ot=th:` says, else 1.
  double probability = 1;
  /// What `ot=th:` is to tell the next; absent if the ratio did not decide.
  std::optional<std::uint64_t> threshold;
};

class Sampler {
 public:
  /// Error `bad_configuration` with every broken rule.
  static Result<std::shared_ptr<Sampler>> make(const SamplerOptions& options = {});

  /// What decide() wants to know of a route. Good for this sampler only.
  [[nodiscard]] std::size_t rule_for(std::string_view method,
                                     std::string_view operation) const noexcept;

  /// `parent` and `state` are the caller's, as extract() found them. `rule` comes from rule_for().
  [[nodiscard]] Decision decide(std::size_t rule, const TraceId& trace, Instant now,
                                Sampled parent = Sampled::undecided,
                                std::string_view state = {}) noexcept;

  /// Whether a caller's trace is left for a new one.
  [[nodiscard]] bool restarts() const noexcept { return parent_ == ParentPolicy::restart; }

 private:
  explicit Sampler(const SamplerOptions& options);

  struct alignas(64) Rule {
    std::string operation;
    std::string method;
    std::uint64_t threshold = 0;
    double probability = 1;
    std::uint32_t reservoir = 0;
    std::atomic<std::uint64_t> taken{0};  // the second, and how many were taken in it
  };
  void fill(Rule& rule, const SamplingRate& rate) const noexcept;
  static bool take(Rule& rule, Instant now) noexcept;

  std::vector<Rule> rules_;  // the default last
  ParentPolicy parent_;
};

/// A request that takes longer than this is never slow.
inline constexpr Duration kNeverSlow = Duration::max();

/// Why a trace is kept in the end; the first of head, error, slow and armed that holds. `slow` is
/// how long a request may take and not be slow. What was said to others about sampling stays said:
/// a trace that only the tail keeps is incomplete.
[[nodiscard]] constexpr Kept tail_keep(bool head, bool failed, Duration duration, Duration slow,
                                       bool armed) noexcept {
  if (head) return Kept::head;
  if (failed) return Kept::error;
  if (duration > slow) return Kept::slow;
  return armed ? Kept::armed : Kept::no;
}

}  // namespace lift
