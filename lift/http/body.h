#pragma once
// A response's body: nothing, bytes, or a stream written while it is sent.
//
// Thread-safety: a plain value.
// Cost: up to 256 bytes live inside it, more on the heap.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lift/base/task.h"

namespace lift {

/// Where a streaming response writes. Given to the producer by whoever carries the request.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Sends `chunk`; finishes when the next one may follow, so a slow reader slows the writer.
  /// Throws Cancelled when the reader is gone or the request's deadline has passed. `chunk` must
  /// stay alive until it finishes.
  virtual Task<void> write(std::string_view chunk) = 0;
};

/// Where a streaming request is read.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece of the body, or nothing at its end; valid until the next call. The peer is read
  /// no faster than this is called. Throws HttpError (400, 408, 413) for a body that is broken, too
  /// slow or too large, and Cancelled.
  virtual Task<std::optional<std::string_view>> next() = 0;
};

/// Writes a streaming body. An exception cuts the connection, so that the peer can tell the body is
/// not complete.
using BodyProducer = std::move_only_function<Task<void>(BodySink&)>;

class Body {
 public:
  static constexpr std::size_t kInline = 256;

  Body() = default;
  Body(Body&& other) noexcept;
  Body& operator=(Body&& other) noexcept;
  ~Body() = default;

  /// Copies `bytes` in.
  void assign(std::string_view bytes);
  void assign(const char* text) { assign(std::string_view(text)); }
  /// Takes the string over.
  void assign(std::string&& bytes);
  /// Adds bytes behind those that are there. A stream is replaced by them.
  void append(std::string_view more);
  /// Refers to bytes that outlive the response (a literal, a static table): no copy.
  void refer(std::string_view bytes) noexcept;
  /// A body of unknown length written by `producer`; `length`, if known, becomes Content-Length.
  void stream(BodyProducer producer, std::optional<std::uint64_t> length = std::nullopt);
  void clear() noexcept;

  [[nodiscard]] bool streaming() const noexcept { return kind_ == Kind::stream; }
  /// The bytes; empty when streaming.
  [[nodiscard]] std::string_view bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }
  [[nodiscard]] std::optional<std::uint64_t> stream_length() const noexcept { return length_; }
  [[nodiscard]] BodyProducer take_producer() noexcept { return std::move(producer_); }

 private:
  enum class Kind : std::uint8_t { inside, owned, referred, stream };
  void become(Kind kind) noexcept;

  Kind kind_ = Kind::inside;
  std::uint16_t inside_size_ = 0;
  std::array<char, kInline> inside_;
  std::string owned_;
  std::string_view referred_;
  BodyProducer producer_;
  std::optional<std::uint64_t> length_;
};

}  // namespace lift
