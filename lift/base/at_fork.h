#pragma once
// What must be done around fork(2) by those who have threads or locks: the child has one thread
// only, and whatever another one held at that moment stays held.
//
// Thread-safety: objects come and go on any thread; a fork waits for that.
// Cost: none until somebody forks.

namespace lift {

class AtFork {
 public:
  AtFork();
  AtFork(const AtFork&) = delete;
  AtFork& operator=(const AtFork&) = delete;
  virtual ~AtFork();

  /// Just before, on the thread that forks: take the locks that a child will need.
  virtual void before_fork() noexcept = 0;
  /// Just after, in the parent: give them back.
  virtual void after_fork_in_parent() noexcept = 0;
  /// Just after, in the child, whose only thread this is: make them new.
  virtual void after_fork_in_child() noexcept = 0;
};

}  // namespace lift
