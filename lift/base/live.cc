#include "lift/base/live.h"

#include <vector>

namespace lift::detail {
namespace {

struct Ids {
  std::mutex mutex;
  std::vector<std::size_t> free;
  std::size_t next = 0;
};

Ids& ids() {
  static Ids all;
  return all;
}

}  // namespace

std::size_t acquire_live_id() {
  const std::lock_guard lock(ids().mutex);
  if (ids().free.empty()) {
    ids().free.reserve(ids().next + 1);  // so that giving one back cannot fail
    return ids().next++;
  }
  const std::size_t id = ids().free.back();
  ids().free.pop_back();
  return id;
}

void release_live_id(std::size_t id) noexcept {
  const std::lock_guard lock(ids().mutex);
  ids().free.push_back(id);
}

std::uint64_t next_live_version() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

LiveCache& live_cache(std::size_t id) {
  thread_local std::vector<LiveCache> caches;
  if (id >= caches.size()) caches.resize(id + 1);
  return caches[id];
}

}  // namespace lift::detail
