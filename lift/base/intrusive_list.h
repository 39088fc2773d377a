#pragma once
// A doubly linked list whose links live in its members: nothing is allocated to put a waiter in a
// queue, and a waiter that is destroyed leaves the queue by itself.
//
// Thread-safety: none; a list and its members belong to one loop.
// Cost: O(1), two cache lines.

namespace lift {

/// Base of what can stand in an IntrusiveList. Leaves its list when destroyed.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  Link* prev_ = nullptr;
  Link* next_ = nullptr;
};

/// T derives from Link. Members are not owned; those still in the list when it dies are merely
/// unlinked.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { head_.prev_ = head_.next_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (pop_front() != nullptr) {
    }
    head_.prev_ = head_.next_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  [[nodiscard]] T* front() noexcept { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  /// The first, or the last, for which `fits` holds; null if there is none.
  template <class Fits>
  [[nodiscard]] T* find_first(Fits&& fits) {
    for (Link* at = head_.next_; at != &head_; at = at->next_) {
      if (fits(static_cast<T&>(*at))) return static_cast<T*>(at);
    }
    return nullptr;
  }
  template <class Fits>
  [[nodiscard]] T* find_last(Fits&& fits) {
    for (Link* at = head_.prev_; at != &head_; at = at->prev_) {
      if (fits(static_cast<T&>(*at))) return static_cast<T*>(at);
    }
    return nullptr;
  }

  void push_back(T& item) noexcept {
    Link& link = item;
    link.prev_ = head_.prev_;
    link.next_ = &head_;
    head_.prev_->next_ = &link;
    head_.prev_ = &link;
  }
  T* pop_front() noexcept {
    T* first = front();
    if (first != nullptr) static_cast<Link*>(first)->unlink();
    return first;
  }
  /// Moves all of `other` behind this list's members.
  void splice_back(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    Link* first = other.head_.next_;
    Link* last = other.head_.prev_;
    other.head_.prev_ = other.head_.next_ = &other.head_;
    first->prev_ = head_.prev_;
    head_.prev_->next_ = first;
    last->next_ = &head_;
    head_.prev_ = last;
  }

 private:
  Link head_;
};

}  // namespace lift
