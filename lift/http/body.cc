#include "lift/http/body.h"

#include <cstring>
#include <utility>

namespace lift {
namespace {

// What clear() keeps allocated for the next response.
constexpr std::size_t kKept = 64 * 1024;

}  // namespace

Body::Body(Body&& other) noexcept { *this = std::move(other); }

Body& Body::operator=(Body&& other) noexcept {
  if (this == &other) return *this;
  become(other.kind_);
  switch (other.kind_) {
    case Kind::inside:
      inside_size_ = other.inside_size_;
      std::memcpy(inside_.data(), other.inside_.data(), inside_size_);
      break;
    case Kind::owned:
      owned_ = std::move(other.owned_);
      break;
    case Kind::referred:
      referred_ = other.referred_;
      break;
    case Kind::stream:
      producer_ = std::move(other.producer_);
      length_ = other.length_;
      break;
  }
  other.clear();
  return *this;
}

void Body::become(Kind kind) noexcept {
  if (kind_ == Kind::stream) {
    producer_ = nullptr;
    length_.reset();
  }
  kind_ = kind;
}

void Body::assign(std::string_view bytes) {
  // `bytes` may be part of this very body, so it is copied before anything is let go.
  if (bytes.size() > kInline) {
    owned_.assign(bytes);
    become(Kind::owned);
    return;
  }
  if (!bytes.empty()) std::memmove(inside_.data(), bytes.data(), bytes.size());
  inside_size_ = static_cast<std::uint16_t>(bytes.size());
  become(Kind::inside);
}

void Body::assign(std::string&& bytes) {
  owned_ = std::move(bytes);
  become(Kind::owned);
}

void Body::append(std::string_view more) {
  if (bytes().empty()) return assign(more);
  if (kind_ == Kind::inside && inside_size_ + more.size() <= kInline) {
    if (!more.empty()) std::memcpy(inside_.data() + inside_size_, more.data(), more.size());
    inside_size_ = static_cast<std::uint16_t>(inside_size_ + more.size());
    return;
  }
  if (kind_ != Kind::owned) {
    owned_.assign(bytes());
    become(Kind::owned);
  }
  owned_.append(more);
}

void Body::refer(std::string_view bytes) noexcept {
  referred_ = bytes;
  become(Kind::referred);
}

void Body::stream(BodyProducer producer, std::optional<std::uint64_t> length) {
  become(Kind::stream);
  producer_ = std::move(producer);
  length_ = length;
}

void Body::clear() noexcept {
  become(Kind::inside);
  inside_size_ = 0;
  if (owned_.capacity() > kKept) std::string().swap(owned_);
}

std::string_view Body::bytes() const noexcept {
  switch (kind_) {
    case Kind::inside:
      return {inside_.data(), inside_size_};
    case Kind::owned:
      return owned_;
    case Kind::referred:
      return referred_;
    case Kind::stream:
      break;
  }
  return {};
}

}  // namespace lift
