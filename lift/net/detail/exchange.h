#pragma once
// One request and its response on their way between a connection and a chain. Outlives its
// connection where the handler does.
//
// Thread-safety: belongs to one loop.
// Cost: reused from request to request; a streamed body costs a coroutine frame a piece.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "lift/base/intrusive_list.h"
#include "lift/base/stop.h"
#include "lift/base/task.h"
#include "lift/chain/run.h"
#include "lift/http/body.h"
#include "lift/net/detail/read_buffer.h"

namespace lift::detail {

class Connection;
class ServerLoop;

class Exchange final : public Link, private BodySource, private BodySink, private Carrier {
 public:
  explicit Exchange(ServerLoop& owner) noexcept;

  [[nodiscard]] Run& run() noexcept { return run_; }
  [[nodiscard]] Context& context() noexcept { return run_.context(); }

  void attach(Connection& connection) noexcept { connection_ = &connection; }
  /// From here on the connection knows nothing of it.
  void detach() noexcept { connection_ = nullptr; }
  void start(const Chain& chain, Instant now) noexcept;

  /// The connection is gone before the response was sent.
  void abandon(bool committed) noexcept;
  /// The streamed request body has more to read, or has ended.
  void body_changed() noexcept;
  /// The streamed request body cannot be had: its reader is told so.
  void body_failed(HttpError error) noexcept;
  /// A reader waits for more of the request body.
  [[nodiscard]] bool pulling() const noexcept { return pull_ != nullptr; }
  /// Runs the producer of a streamed response; the connection's produced() follows, now or later.
  void produce(BodyProducer producer) noexcept;
  /// What was to be written has been.
  void drained() noexcept;
  /// Keeps the bytes that a piece of the request's body lies in.
  void keep(ReadBuffer bytes) noexcept { kept_ = std::move(bytes); }
  /// Makes it ready for the next request; nothing of this one runs any more.
  void reset() noexcept;

 private:
  class Wait;
  class Pull;
  class Drain;

  bool want_body(Run& run) noexcept override;
  void commit(Run& run, Response& response) noexcept override;
  void finished(Run& run) noexcept override;
  Task<std::optional<std::string_view>> next() override;
  Task<void> write(std::string_view chunk) override;

  void pumped() noexcept;
  [[nodiscard]] bool pump_succeeded() noexcept;
  [[nodiscard]] bool stopped() noexcept;

  ServerLoop& owner_;
  Connection* connection_ = nullptr;
  Wait* pull_ = nullptr;
  Wait* drain_ = nullptr;
  std::optional<HttpError> body_error_;
  ReadBuffer kept_;
  Run run_;
  BodyProducer producer_;
  Task<void> pump_;
};

}  // namespace lift::detail
