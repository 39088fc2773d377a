#pragma once
// Where requests and lines are written down when they happen, and gathered later: one ring of
// records a thread, emptied by one exporter.
//
// A writer never waits. Under pressure what matters least goes first: at 70 % of a ring held lines
// and child spans, then lines below WARN; at 90 % requests that went well. The last tenth is for
// those that did not, and for lines of WARN and ERROR. What is lost is counted in losses().
// The exporter is woken when a ring is half full, and when something comes while it is asleep.
// Thread-safety: request(), line() and losses() from any thread; the rest by the one exporter.
// Cost: a request 15 to 25 ns, a line about 15 ns, no allocation but the ring of a new thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "lift/base/error.h"
#include "lift/base/per_thread.h"
#include "lift/telemetry/byte_ring.h"
#include "lift/telemetry/record.h"
#include "lift/telemetry/signal.h"

namespace lift {

struct RecordBufferOptions {
  /// Of each thread's ring, 64 KiB to 1 GiB; some 2,500 requests a MiB.
  std::size_t ring_bytes = std::size_t{1} << 20;

  [[nodiscard]] Problems validate() const;
};

class RecordBuffer {
 public:
  explicit RecordBuffer(const RecordBufferOptions& options = {});
  RecordBuffer(const RecordBuffer&) = delete;
  RecordBuffer& operator=(const RecordBuffer&) = delete;
  ~RecordBuffer();

  void request(const RequestRecord& record) noexcept;
  void line(const LineRecord& record) noexcept;
  [[nodiscard]] LossLedger& losses() noexcept { return losses_; }

  // --- the exporter's side
  class Reader {
   public:
    virtual ~Reader() = default;
    virtual void request(const RequestRead& record) = 0;
    virtual void line(const LineReadAlone& record) = 0;
  };
  /// Called on whatever thread finds the exporter asleep or a ring half full. May be replaced at
  /// any time; a call that has begun by then may still be under way afterwards.
  void on_wake(std::function<void()> wake);
  /// Gives `reader` what has come before, `most` records of each thread at most, so that no thread
  /// that writes without end keeps others waiting, or the exporter here. Returns how many there
  /// were.
  std::size_t drain(Reader& reader, std::size_t most);
  /// From here on the next record wakes. Drain once more a moment later before believing that there
  /// is nothing: a record written at this very moment may not have seen it.
  void sleep() noexcept { asleep_.store(true, std::memory_order_seq_cst); }
  /// False as soon as a record has woken.
  [[nodiscard]] bool asleep() const noexcept { return asleep_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t waiting_bytes() noexcept;

  /// Around fork(2): before_fork(), then after_fork() in the parent. In the child
  /// reset_after_fork() forgets what the parent's threads had written and lost, which the parent
  /// tells, and the next record wakes.
  void before_fork();
  void after_fork();
  void reset_after_fork() noexcept;

 private:
  [[nodiscard]] std::byte* reserve(ByteRing& ring, std::size_t bytes, unsigned percent) noexcept;
  [[nodiscard]] bool write(ByteRing& ring, const RequestRecord& record, bool important) noexcept;
  void read(ByteRing& ring, Reader& reader);
  void lost(const RequestRecord& record) noexcept;
  void written(ByteRing& ring) noexcept;
  void wake() noexcept;

  const std::size_t ring_bytes_;
  PerThread<ByteRing> rings_;
  LossLedger losses_;
  std::mutex wake_mutex_;
  std::shared_ptr<const std::function<void()>> wake_;  // shared: called outside of the lock
  std::atomic<bool> asleep_{false};
  std::atomic<bool> hurried_{false};
  std::atomic<bool> draining_{false};
  std::unique_ptr<RequestRead> request_;  // reused by drain()
  std::unique_ptr<LineReadAlone> line_;
};

}  // namespace lift
