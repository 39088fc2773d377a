#pragma once
// One client's connection: HTTP/1.x, from the bytes of its stream to the requests of its
// chain and back.
//
// One request at a time, in order. What follows it is read ahead, within the buffer, so that a
// client that goes away is noticed while its handler waits. Answers to pipelined requests are put
// together and leave in one write.
// Thread-safety: belongs to one loop.
// Cost: a keep-alive request that does not wait takes one read and one write.

#include <cstdint>
#include <memory>
#include <string_view>

#include "lift/base/intrusive_list.h"
#include "lift/base/timers.h"
#include "lift/http/address.h"
#include "lift/net/detail/body_decoder.h"
#include "lift/net/detail/exchange.h"
#include "lift/net/detail/outgoing.h"
#include "lift/net/detail/read_buffer.h"
#include "lift/net/detail/request_head.h"
#include "lift/net/detail/response_writer.h"
#include "lift/net/detail/stream.h"
#include "lift/net/detail/unique_fd.h"

namespace lift::detail {

class ServerLoop;

/// The answer to a body that cannot be read: malformed or too large.
[[nodiscard]] HttpError body_error(BodyDecoder::Status status);

class Connection final : public Link, private StreamEvents {
 public:
  Connection(ServerLoop& owner, UniqueFd socket, const IpAddress& peer);

  void begin() noexcept;
  /// The server wants to end: closes now if nothing was asked and nothing can be read.
  void end_if_idle() noexcept;
  /// Closes at once and tells no request; for the end of the loop, after the exchanges are gone.
  void drop() noexcept;

  // --- from its exchange
  bool want_body(Exchange& exchange) noexcept;
  void respond(Exchange& exchange, Response& response) noexcept;
  [[nodiscard]] BodyDecoder::Step pull_body() noexcept;
  /// Takes a piece of a streamed response, which must live until flush_stream() is true. False for
  /// one too many.
  [[nodiscard]] bool send_piece(std::string_view piece);
  [[nodiscard]] bool flush_stream() noexcept;
  void withdraw_piece() noexcept;
  void produced(Exchange& exchange, bool succeeded) noexcept;

 private:
  enum class State : std::uint8_t {
    head,       ///< waits for a request, or for the rest of its head
    body,       ///< reads the body of a request that will be handled when it is complete
    handling,   ///< a chain runs
    streaming,  ///< a response's body is being produced
    discard,    ///< reads the rest of a body that nobody wanted
    linger,     ///< has said its last; reads what the client still sends, so that it can read the
                ///< answer
    closed,
  };
  enum class Urgent : std::uint8_t { no, resume, gone };
  struct Alarm final : Timer {
    explicit Alarm(Connection& connection) noexcept
        : Timer([](Timer& timer) noexcept { static_cast<Alarm&>(timer).owner.alarm(); }),
          owner(connection) {}
    Connection& owner;
  };

  // The transport's side (connection.cc)
  void readable() noexcept override;
  void writable() noexcept override;
  void closed() noexcept override;
  void alarm() noexcept;
  void expired() noexcept;
  void wait_until(Instant at) noexcept;
  void arm(Instant at) noexcept;
  [[nodiscard]] Duration idle_time() const noexcept;
  void urgently(Urgent what) noexcept;
  void advance() noexcept;
  [[nodiscard]] bool step(int& budget) noexcept;
  [[nodiscard]] bool flush() noexcept;
  void delivered() noexcept;
  void rest() noexcept;
  [[nodiscard]] bool wants_to_read() const noexcept;
  [[nodiscard]] std::size_t most_read() const noexcept;
  [[nodiscard]] Io fill() noexcept;
  void linger() noexcept;
  void gone() noexcept;
  void close(bool abort) noexcept;

  // Requests (connection_request.cc)
  [[nodiscard]] bool read_head() noexcept;
  void begin_request(std::size_t head_size) noexcept;
  [[nodiscard]] bool read_body() noexcept;
  [[nodiscard]] BodyDecoder::Status collect_body() noexcept;
  void say_continue() noexcept;
  void let_go(Exchange& exchange) noexcept;
  [[nodiscard]] bool skip_body() noexcept;
  void expect_head() noexcept;
  void refuse(int status, std::string_view code, std::string_view message) noexcept;
  void refuse(HeadError error) noexcept;

  // Responses (connection_response.cc)
  [[nodiscard]] bool must_close(const Response& response, Framing framing, bool head_only) noexcept;
  void finish_response(Exchange& exchange) noexcept;
  void cut(Exchange& exchange) noexcept;

  ServerLoop& owner_;
  std::unique_ptr<Stream> stream_;
  const IpAddress peer_;
  State state_ = State::head;
  Urgent urgent_ = Urgent::no;
  bool reading_ = false;        // a wait for bytes is under way
  bool blocked_ = false;        // a wait to send is under way
  bool advancing_ = false;      // advance() is on the stack
  bool close_after_ = false;    // the answers under way are the last
  bool head_timed_ = false;     // the first byte of a head has come
  bool continue_owed_ = false;  // the client waits for 100 Continue
  bool body_broken_ = false;    // the body's end cannot be found any more
  HeadInfo head_;
  HeadScanner scanner_;
  BodyDecoder body_;
  std::size_t held_ = 0;  // bytes that the body's reader still looks at
  std::uint64_t body_received_ = 0;
  Instant body_begun_{};
  std::uint64_t stream_left_ = 0;  // of a streamed response with Content-Length
  Framing stream_framing_ = Framing::none;
  std::uint64_t requests_ = 0;
  std::size_t linger_left_ = 0;
  Instant now_{};
  Instant deadline_ = kNever;
  Instant write_by_ = kNever;
  Instant alarm_at_ = kNever;
  Alarm alarm_{*this};
  ReadBuffer in_;
  Outgoing out_;
  Exchange* current_ = nullptr;     // not yet committed, or streaming
  IntrusiveList<Exchange> unsent_;  // committed whole; their bytes are in out_
};

}  // namespace lift::detail
