#include "lift/testing/allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIFT_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define LIFT_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef LIFT_COUNTS_ALLOCATIONS
#define LIFT_COUNTS_ALLOCATIONS 1
#endif

namespace {

// operator new has no argument to carry its count, so it is the one thing here that must be global.
constinit thread_local std::uint64_t thread_count = 0;
constinit std::atomic<std::uint64_t> process_count{0};

}  // namespace

#if LIFT_COUNTS_ALLOCATIONS
namespace {

void* counted(void* memory) noexcept {
  ++thread_count;
  process_count.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

void* aligned(std::size_t bytes, std::align_val_t align) noexcept {
  const auto unit = static_cast<std::size_t>(align);
  return counted(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
}

}  // namespace

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted(std::malloc(bytes == 0 ? 1 : bytes));
}
void* operator new(std::size_t bytes) {
  void* memory = operator new(bytes, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t bytes, std::align_val_t align) {
  void* memory = aligned(bytes, align);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace lift {
namespace {

std::uint64_t total(AllocationCounter::Of of) noexcept {
  return of == AllocationCounter::Of::process ? process_count.load(std::memory_order_relaxed)
                                              : thread_count;
}

}  // namespace

AllocationCounter::AllocationCounter(Of of) noexcept : of_(of), before_(total(of)) {}

std::uint64_t AllocationCounter::count() const noexcept { return total(of_) - before_; }

bool AllocationCounter::available() noexcept { return LIFT_COUNTS_ALLOCATIONS != 0; }

}  // namespace lift
