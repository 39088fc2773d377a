#include "lift/telemetry/record_buffer.h"

#include <string>
#include <utility>

#include "lift/telemetry/detail/record_codec.h"

namespace lift {
namespace {

constexpr std::size_t kLeastRing = std::size_t{64} << 10;
constexpr std::size_t kMostRing = std::size_t{1} << 30;
// How full a ring may be for what matters least, for what went well, and for the rest.
constexpr unsigned kForExtras = 70;
constexpr unsigned kForUsual = 90;
constexpr unsigned kForImportant = 100;
// A line longer than this part of a ring is not written at all.
constexpr std::size_t kLargestShare = 4;

}  // namespace

Problems RecordBufferOptions::validate() const {
  Problems problems;
  if (ring_bytes < kLeastRing || ring_bytes > kMostRing) {
    problems.add("ring_bytes", std::to_string(ring_bytes), "must be from 65536 to 1073741824");
  }
  return problems;
}

RecordBuffer::RecordBuffer(const RecordBufferOptions& options)
    : ring_bytes_(options.ring_bytes),
      rings_([bytes = ring_bytes_] { return std::make_shared<ByteRing>(bytes); }),
      request_(std::make_unique<RequestRead>()),
      line_(std::make_unique<LineReadAlone>()) {}

RecordBuffer::~RecordBuffer() = default;

void RecordBuffer::on_wake(std::function<void()> wake) {
  auto shared = std::make_shared<const std::function<void()>>(std::move(wake));
  const std::lock_guard lock(wake_mutex_);
  wake_.swap(shared);
}

std::byte* RecordBuffer::reserve(ByteRing& ring, std::size_t bytes, unsigned percent) noexcept {
  constexpr unsigned kWhole = 100;
  return ring.reserve(bytes, ring.capacity() / kWhole * percent);
}

void RecordBuffer::request(const RequestRecord& record) noexcept {
  ByteRing* ring = rings_.mine();
  const bool important = record.numbers.level >= LogLevel::warn;
  if (ring == nullptr || !write(*ring, record, important)) return lost(record);
  written(*ring);
}

bool RecordBuffer::write(ByteRing& ring, const RequestRecord& record, bool important) noexcept {
  const std::size_t bare = detail::bare_bytes(record);
  const std::size_t trail = record.trail == nullptr ? 0 : record.trail->record_bytes();
  detail::Extent extent = detail::Extent::all;
  std::byte* at = reserve(ring, bare + trail, kForExtras);
  if (at == nullptr && trail > 0) {
    extent = detail::Extent::important;
    at = reserve(ring, bare + trail, important ? kForImportant : kForUsual);
  }
  if (at == nullptr) {
    extent = detail::Extent::bare;
    at = reserve(ring, bare, important ? kForImportant : kForUsual);
  }
  if (at == nullptr) return false;
  ring.commit(detail::write_request(at, record, extent));
  if (trail == 0 || extent == detail::Extent::all) return true;
  using detail::Extent;
  losses_.add(Signal::traces, Loss::ring_full, detail::spans_in(record, Extent::all));
  losses_.add(Signal::logs, Loss::ring_full,
              detail::lines_in(record, Extent::all) - detail::lines_in(record, extent));
  return true;
}

void RecordBuffer::lost(const RequestRecord& record) noexcept {
  const std::uint64_t own = record.numbers.logged ? 1 : 0;
  const std::uint64_t lines = detail::lines_in(record, detail::Extent::all);
  losses_.add(Signal::logs, Loss::ring_full, own + lines);
  if (record.numbers.kept == Kept::no) return;
  const std::uint64_t children = detail::spans_in(record, detail::Extent::all);
  losses_.add(Signal::traces, Loss::ring_full, 1 + children);
}

void RecordBuffer::line(const LineRecord& record) noexcept {
  ByteRing* ring = rings_.mine();
  const std::size_t bytes = detail::line_bytes(record);
  if (ring != nullptr && bytes > ring->capacity() / kLargestShare) {
    return losses_.add(Signal::logs, Loss::oversize);
  }
  const unsigned share = record.level >= LogLevel::warn ? kForImportant : kForExtras;
  std::byte* at = ring == nullptr ? nullptr : reserve(*ring, bytes, share);
  if (at == nullptr) return losses_.add(Signal::logs, Loss::ring_full);
  ring->commit(detail::write_line(at, record));
  written(*ring);
}

void RecordBuffer::written(ByteRing& ring) noexcept {
  if (asleep_.load(std::memory_order_relaxed) && asleep_.exchange(false)) return wake();
  if (ring.crowded() && !hurried_.load(std::memory_order_relaxed) && !hurried_.exchange(true)) {
    wake();
  }
}

void RecordBuffer::wake() noexcept {
  std::shared_ptr<const std::function<void()>> wake;
  {
    const std::lock_guard lock(wake_mutex_);
    wake = wake_;
  }
  if (wake != nullptr && *wake) (*wake)();
}

void RecordBuffer::read(ByteRing& ring, Reader& reader) {
  detail::BytesReader from(ring.front().data());
  if (from.get<detail::RecordKind>() == detail::RecordKind::request) {
    detail::read_request(from, *request_);
    reader.request(*request_);
  } else {
    detail::read_line(from, *line_);
    reader.line(*line_);
  }
  ring.pop();
}

std::size_t RecordBuffer::drain(Reader& reader, std::size_t most) {
  hurried_.store(false, std::memory_order_relaxed);
  draining_.store(true, std::memory_order_relaxed);
  std::size_t count = 0;
  rings_.for_each([&](ByteRing& ring) {
    const std::size_t end = ring.written();
    for (std::size_t i = 0; i < most && ring.popped() != end; ++i) {
      read(ring, reader);
      ++count;
    }
  });
  draining_.store(false, std::memory_order_relaxed);
  rings_.gather_ended([](ByteRing& ring) { return ring.used() == 0; });
  return count;
}

std::size_t RecordBuffer::waiting_bytes() noexcept {
  std::size_t sum = 0;
  rings_.for_each([&sum](const ByteRing& ring) { sum += ring.used(); });
  return sum;
}

void RecordBuffer::before_fork() {
  wake_mutex_.lock();
  rings_.lock();
}

void RecordBuffer::after_fork() {
  rings_.unlock();
  wake_mutex_.unlock();
}

void RecordBuffer::reset_after_fork() noexcept {
  after_fork();
  if (draining_.exchange(false)) {  // half filled by a thread that is not here: left as they are
    (void)request_.release();
    (void)line_.release();
    request_ = std::make_unique<RequestRead>();
    line_ = std::make_unique<LineReadAlone>();
  }
  rings_.for_each([](ByteRing& ring) { ring.clear(); });
  losses_.clear();
  asleep_.store(true, std::memory_order_relaxed);
}

}  // namespace lift
