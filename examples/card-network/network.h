#pragma once
// A card network that authorizes payments, and fails as it is told to: what a service calls, to see
// what becomes of it.
//
//   POST /authorizations   {"amount", "currency"} → {"authorization"}; once under an
//   Idempotency-Key;
//                          402 for amounts that end in 13
//   GET  /faults           how it fails
//   PUT  /faults           how it fails from now on

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "lift/app/app.h"
#include "lift/http/json.h"

namespace card_network {

/// Of a hundred requests each, evenly spread; the rest are answered after the latency.
struct Faults {
  std::int64_t latency_ms = 10;
  std::int64_t errors = 0;  ///< 500
  std::int64_t resets = 0;  ///< the answer breaks off
  std::int64_t hangs = 0;   ///< no answer for a minute

  static void describe(lift::Fields<Faults>& f) {
    f.field("latency_ms", &Faults::latency_ms).min(0).max(60'000);
    f.field("errors", &Faults::errors).min(0).max(100);
    f.field("resets", &Faults::resets).min(0).max(100);
    f.field("hangs", &Faults::hangs).min(0).max(100);
  }
};

class Network {
 public:
  static constexpr std::size_t kMostRemembered = 100'000;

  explicit Network(const Faults& faults) : faults_(faults) {}

  [[nodiscard]] Faults faults() const;
  void fail_as(const Faults& faults);
  /// Each number below a hundred once in a hundred calls, far from its neighbours.
  [[nodiscard]] std::int64_t turn() noexcept { return turns_.fetch_add(37) % 100; }
  /// The same for the same key, as long as that is remembered.
  [[nodiscard]] std::string authorize(const std::string& key, const std::string& fresh);
  /// Authorizations that were really made.
  [[nodiscard]] std::size_t made() const;

 private:
  std::atomic<std::int64_t> turns_{0};
  mutable std::mutex mutex_;
  Faults faults_;
  std::unordered_map<std::string, std::string> known_;
  std::size_t made_ = 0;
};

void add_routes(lift::App& app, std::shared_ptr<Network> network);

/// --latency, --errors, --resets and --hangs.
[[nodiscard]] std::vector<lift::Flag> flags(Faults& faults);

}  // namespace card_network
