#pragma once
// The endpoints of a service that is called, and whose turn it is.
//
//   Upstream upstream({.endpoints = {"http://10.0.0.1:8080", "http://10.0.0.2:8080"}});
//   std::optional<Upstream::Turn> turn = upstream.next(now, random, tried);
//   … call turn->endpoint() …
//   turn->ended(OutcomeKind::success, now, random);
//
// Endpoints that do worse than the others are left out for a while (OutlierDetector). Where all
// that are left are out, they are used all the same: some answer is better than none.
// Source: the power of two choices (Mitzenmacher, 2001) for least_requests.
// Thread-safety: everything from any thread; a Turn belongs to who holds it.
// Cost: next() about 10 ns with few endpoints out, no allocation.

#include <atomic>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/random.h"
#include "lift/chain/outcome.h"
#include "lift/http/transport.h"
#include "lift/resilience/outlier.h"

namespace lift {

enum class Balancing : std::uint8_t {
  round_robin,     ///< one after another
  least_requests,  ///< of two drawn by chance, the one with fewer requests under way
};

inline constexpr std::size_t kMaxEndpoints = 256;

struct UpstreamOptions {
  /// Absolute http or https URLs of equal services, 1 to 256, without a query. A path stands before
  /// that of every request.
  std::vector<std::string> endpoints;
  Balancing balancing = Balancing::round_robin;
  OutlierOptions outliers = {};

  [[nodiscard]] Problems validate() const;
};

struct Endpoint {
  Url url;           ///< its target is `path`, "/" where that is empty
  std::string path;  ///< without a slash at its end
  std::string name;  ///< host and port, for telemetry

  /// Points `url` at this endpoint: `target` is path and query as if it stood alone.
  void place(std::string_view target, Url& url) const;
};

class Upstream {
 public:
  using Tried = std::bitset<kMaxEndpoints>;

  /// An endpoint that was chosen for one attempt: it counts as under way until this goes.
  class Turn {
   public:
    Turn(Turn&& other) noexcept
        : upstream_(std::exchange(other.upstream_, nullptr)), index_(other.index_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    [[nodiscard]] const Endpoint& endpoint() const noexcept;
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// How the attempt went; not saying so says nothing about the endpoint.
    void ended(OutcomeKind kind, Instant now, Random& random);

   private:
    friend class Upstream;
    Turn(Upstream& upstream, std::size_t index) noexcept;

    Upstream* upstream_;
    std::size_t index_;
  };

  /// `options` must be valid: validate() finds nothing.
  explicit Upstream(const UpstreamOptions& options);

  /// An endpoint that is not in `tried`; nothing where all are.
  [[nodiscard]] std::optional<Turn> next(Instant now, Random& random, const Tried& tried) noexcept;

  [[nodiscard]] const std::vector<Endpoint>& endpoints() const noexcept { return endpoints_; }
  /// Attempts under way at an endpoint.
  [[nodiscard]] std::uint32_t under_way(std::size_t endpoint) const noexcept;
  [[nodiscard]] const OutlierDetector& outliers() const noexcept { return outliers_; }

 private:
  /// The first from `start` on that may be used; `size()` if none.
  [[nodiscard]] std::size_t search(std::size_t start, Instant now, const Tried& tried,
                                   bool panic) const noexcept;
  [[nodiscard]] std::size_t less_busy(Random& random, Instant now,
                                      const Tried& tried) const noexcept;
  [[nodiscard]] bool usable(std::size_t endpoint, Instant now, const Tried& tried) const noexcept {
    return !tried.test(endpoint) && outliers_.available(endpoint, now);
  }

  const Balancing balancing_;
  std::vector<Endpoint> endpoints_;
  OutlierDetector outliers_;
  std::vector<std::atomic<std::uint32_t>> under_way_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace lift
