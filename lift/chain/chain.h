#pragma once
// A chain: layers from the outermost to the innermost, then a handler. Built once at start, shared
// by all loops.
//
// Thread-safety: immutable once built.
// Cost: none at run time beyond its layers.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/error.h"
#include "lift/chain/handler.h"
#include "lift/chain/layer.h"
#include "lift/chain/outcome.h"
#include "lift/chain/route_options.h"

namespace lift {

class Context;

/// What went wrong in requests and was not merely answered; shared by the chains of an app.
struct ChainCounters {
  std::atomic<std::uint64_t> exceptions{0};  ///< handlers or layers that let an exception out
  std::atomic<std::uint64_t> timeouts{0};    ///< requests answered 504 at their deadline
  std::atomic<std::uint64_t> overruns{
      0};  ///< of these, found only when the handler returned: it never let go of its loop
  std::atomic<std::uint64_t> lingering{0};  ///< handlers that run on after their 504, now
  std::atomic<std::uint64_t> cancelled{0};  ///< requests whose client went away first
};

/// Where causes go that no client may see. Called on the failing request's loop, before its
/// `leave`.
class FailureLog {
 public:
  virtual ~FailureLog() = default;
  virtual void failed(const Context& ctx, std::string_view cause) noexcept = 0;
};

/// What a chain uses of its app. All of it outlives the chain.
struct ChainSettings {
  Classifier classify = &lift::classify;
  ChainCounters* counters = nullptr;  ///< null: a chain counts for itself
  FailureLog* failures = nullptr;     ///< null: causes are dropped
};

class Chain {
 public:
  /// Checks the order of `layers`, outermost first; a wrong one is an error that gives every
  /// reason.
  static Result<Chain> build(std::string operation, std::vector<AnyLayer> layers, Handler handler,
                             RouteOptions options = {}, ChainSettings settings = {});

  /// Route template, such as `/payments/{id}`: the name of this operation in telemetry and limits.
  [[nodiscard]] std::string_view operation() const noexcept { return operation_; }
  [[nodiscard]] const RouteOptions& options() const noexcept { return options_; }
  [[nodiscard]] const std::vector<AnyLayer>& layers() const noexcept { return layers_; }
  [[nodiscard]] const Handler& handler() const noexcept { return handler_; }
  [[nodiscard]] ChainCounters& counters() const noexcept { return *counters_; }
  [[nodiscard]] OutcomeKind judge(const Evidence& evidence) const noexcept {
    return classify_(evidence);
  }
  [[nodiscard]] FailureLog* failures() const noexcept { return failures_; }
  [[nodiscard]] std::size_t slot_offset(std::size_t layer) const noexcept {
    return slot_offsets_[layer];
  }
  [[nodiscard]] std::size_t slot_bytes() const noexcept { return slot_offsets_.back(); }

  /// `observe > edge > identify > deadline > [handler]`
  [[nodiscard]] std::string describe() const;

 private:
  Chain(std::string operation, std::vector<AnyLayer> layers, Handler handler, RouteOptions options,
        const ChainSettings& settings);

  std::string operation_;
  std::vector<AnyLayer> layers_;
  std::vector<std::size_t> slot_offsets_;  // one more than layers: the last is their sum
  Handler handler_;
  RouteOptions options_;
  Classifier classify_;
  std::shared_ptr<ChainCounters> own_counters_;
  ChainCounters* counters_;
  FailureLog* failures_;
};

}  // namespace lift
