#include "lift/base/arena.h"

namespace lift {
namespace {

constexpr std::size_t kKeepAtMost = std::size_t{64} * 1024;

}  // namespace

void* Arena::allocate_block(std::size_t bytes) {
  auto block = std::make_unique<Block>();
  block->size = std::max(bytes, size_ * 2);
  block->memory = std::make_unique_for_overwrite<char[]>(block->size);
  block->next = std::move(blocks_);
  blocks_ = std::move(block);
  current_ = blocks_->memory.get();
  size_ = blocks_->size;
  used_ = bytes;
  return current_;
}

void Arena::reset() noexcept {
  used_ = 0;
  if (blocks_ == nullptr) return;
  blocks_->next.reset();  // the newest block is the largest
  if (blocks_->size > kKeepAtMost) {
    blocks_.reset();
    current_ = inline_.data();
    size_ = kInline;
  }
}

}  // namespace lift
