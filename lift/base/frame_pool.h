#pragma once
// Memory for coroutine frames, recycled per thread, so that a handler that waits costs no malloc
// once warm.
//
// Thread-safety: every thread has its own pool; a frame may be freed by another thread and then
// stays there.
// Cost: about 3 ns warm. At most 64 frames a size class are kept (128-byte classes up
// to 4 KiB); the rest goes to the heap. Switched off under AddressSanitizer, where recycling would
// hide a use after free.

#include <cstddef>
#include <cstdint>

namespace lift {

struct FramePoolStats {
  std::uint64_t live = 0;       ///< frames now alive that this thread made, less those it freed
  std::uint64_t from_heap = 0;  ///< frames that needed the heap since the thread began
};

[[nodiscard]] void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;
[[nodiscard]] FramePoolStats frame_pool_stats() noexcept;

}  // namespace lift
