#pragma once
// An attempt of a call under way, counted once however it ends: answered, failed, or dropped.
//
// Thread-safety: belongs to one loop.
// Cost: a clock read at its end.

#include <memory>
#include <string>
#include <utility>

#include "lift/client/detail/client_core.h"

namespace lift::detail {

class ClientAttempt {
 public:
  ClientAttempt(std::shared_ptr<ClientCore> core, Picked picked, std::string method, Loop& loop,
                Instant start) noexcept;
  ClientAttempt(ClientAttempt&& other) noexcept;
  ClientAttempt& operator=(ClientAttempt&&) = delete;
  ~ClientAttempt();

  [[nodiscard]] const Upstream::Turn& turn() const noexcept { return picked_.turn; }
  void answered(const ClientResponse& head) noexcept { status_ = head.status; }
  void completed(OutcomeKind kind) { finish(kind, {.status = status_, .error = ""}); }
  void failed(const Error& error);
  [[nodiscard]] OutcomeKind judge(const ClientResponse& head) const noexcept;

 private:
  void finish(OutcomeKind kind, const AttemptEnd& end);

  std::shared_ptr<ClientCore> core_;  // null once it is counted
  Picked picked_;
  std::string method_;
  Loop& loop_;
  Instant start_;
  int status_ = 0;
};

/// The answer as its caller sees it: the attempt ends with its body.
[[nodiscard]] std::unique_ptr<OpenResponse> answer_of(ClientAttempt attempt,
                                                      std::unique_ptr<OpenResponse> inner);

}  // namespace lift::detail
