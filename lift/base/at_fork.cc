#include "lift/base/at_fork.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace lift {
namespace {

// Held from before a fork until after it, so that the child gets it unlocked.
std::mutex& mutex() {
  static std::mutex one;
  return one;
}

std::vector<AtFork*>& members() {
  static std::vector<AtFork*> all;
  return all;
}

void prepare() {
  mutex().lock();
  for (AtFork* member : members()) member->before_fork();
}

void in_parent() {
  for (AtFork* member : members()) member->after_fork_in_parent();
  mutex().unlock();
}

void in_child() {
  for (AtFork* member : members()) member->after_fork_in_child();
  mutex().unlock();
}

}  // namespace

AtFork::AtFork() {
  static const int registered = pthread_atfork(&prepare, &in_parent, &in_child);
  if (registered != 0) std::abort();
  const std::lock_guard lock(mutex());
  members().push_back(this);
}

AtFork::~AtFork() {
  const std::lock_guard lock(mutex());
  std::erase(members(), this);
}

}  // namespace lift
