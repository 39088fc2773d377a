#include "lift/telemetry/top_k.h"

#include <algorithm>
#include <utility>

namespace lift {

TopK::TopK(std::size_t capacity) : capacity_(std::clamp<std::size_t>(capacity, 1, 65'536)) {
  heap_.reserve(capacity_);
  places_.reserve(capacity_ + 1);
}

std::optional<std::string> TopK::add(std::string_view key, std::uint64_t weight) {
  key = key.substr(0, kMaxKey);
  total_ += weight;
  const auto known = places_.find(key);
  if (known != places_.end()) {
    heap_[known->second].count += weight;
    sink(known->second);
    return std::nullopt;
  }
  if (heap_.size() < capacity_) {
    heap_.push_back({std::string(key), weight, 0});
    places_.emplace(key, heap_.size() - 1);
    rise(heap_.size() - 1);
    return std::nullopt;
  }
  Entry& least = heap_.front();
  auto place = places_.extract(least.key);
  place.key() = key;
  places_.insert(std::move(place));
  least.error = least.count;
  least.count += weight;
  std::string replaced = std::exchange(least.key, std::string(key));
  sink(0);
  return replaced;
}

const TopK::Entry* TopK::find(std::string_view key) const {
  const auto known = places_.find(key.substr(0, kMaxKey));
  return known == places_.end() ? nullptr : &heap_[known->second];
}

std::vector<TopK::Entry> TopK::entries() const {
  std::vector<Entry> out = heap_;
  std::ranges::sort(out, [](const Entry& a, const Entry& b) {
    return a.count != b.count ? a.count > b.count : a.key < b.key;
  });
  return out;
}

void TopK::swap(std::size_t a, std::size_t b) {
  std::swap(heap_[a], heap_[b]);
  places_.find(heap_[a].key)->second = a;
  places_.find(heap_[b].key)->second = b;
}

void TopK::sink(std::size_t at) {
  while (2 * at + 1 < heap_.size()) {
    std::size_t child = 2 * at + 1;
    if (child + 1 < heap_.size() && heap_[child + 1].count < heap_[child].count) ++child;
    if (heap_[at].count <= heap_[child].count) return;
    swap(at, child);
    at = child;
  }
}

void TopK::rise(std::size_t at) {
  while (at > 0 && heap_[at].count < heap_[(at - 1) / 2].count) {
    swap(at, (at - 1) / 2);
    at = (at - 1) / 2;
  }
}

}  // namespace lift
