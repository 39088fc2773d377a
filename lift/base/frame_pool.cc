#include "lift/base/frame_pool.h"

#include <array>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define LIFT_POOL_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIFT_POOL_FRAMES 0
#endif
#endif
#ifndef LIFT_POOL_FRAMES
#define LIFT_POOL_FRAMES 1
#endif

namespace lift {
namespace {

constexpr std::size_t kClassBytes = 128;
constexpr std::size_t kClasses = 32;
constexpr std::uint32_t kKeep = 64;

struct Node {
  Node* next;
};

struct Pool {
  struct Class {
    Node* free = nullptr;
    std::uint32_t kept = 0;
  };
  std::array<Class, kClasses> classes{};
  FramePoolStats stats;

  ~Pool() {
    for (Class& size : classes) {
      while (Node* node = size.free) {
        size.free = node->next;
        ::operator delete(node);
      }
    }
  }
};

thread_local Pool pool;

std::size_t class_of(std::size_t bytes) noexcept { return (bytes - 1) / kClassBytes; }

}  // namespace

void* allocate_frame(std::size_t bytes) {
  Pool& mine = pool;
  ++mine.stats.live;
  const std::size_t index = class_of(bytes);
  if (LIFT_POOL_FRAMES == 0 || index >= kClasses) {
    ++mine.stats.from_heap;
    return ::operator new(bytes);
  }
  Pool::Class& size = mine.classes[index];
  if (Node* node = size.free) {
    size.free = node->next;
    --size.kept;
    return node;
  }
  ++mine.stats.from_heap;
  return ::operator new((index + 1) * kClassBytes);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  Pool& mine = pool;
  --mine.stats.live;
  const std::size_t index = class_of(bytes);
  if (LIFT_POOL_FRAMES == 0 || index >= kClasses || mine.classes[index].kept == kKeep) {
    return ::operator delete(frame);
  }
  Pool::Class& size = mine.classes[index];
  size.free = ::new (frame) Node{size.free};
  ++size.kept;
}

FramePoolStats frame_pool_stats() noexcept { return pool.stats; }

}  // namespace lift
