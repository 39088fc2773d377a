#pragma once
// How a typed table is read, and what is asked of it.
//
// Thread-safety: plain values.
// Cost: none.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lift/aws/table_key.h"
#include "lift/base/error.h"
#include "lift/resilience/backoff.h"

namespace lift {

struct TableOptions {
  /// Reads see every write that was answered. False costs half, and may see what was before.
  bool consistent = true;
  /// Of each call of a batch, as DynamoDB may process a part of it only: 1 to 20.
  std::uint32_t attempts = 8;
  /// Between them.
  BackoffOptions backoff = {.cap = std::chrono::seconds(2)};

  [[nodiscard]] Problems validate() const;
};

/// Which items of a partition, and in which order.
struct TableQuery {
  std::optional<KeyPart> from = {};  ///< the sort part at least
  std::optional<KeyPart> to = {};    ///< the sort part at most
  std::string prefix = {};           ///< how the sort part begins; not with `from` and `to`
  std::uint32_t limit = 100;         ///< items of a page at most: 1 to 1,000
  bool forward = true;               ///< by the sort part, from the least on
  std::string cursor = {};           ///< TablePage::next of the page before
};

template <class T>
struct TablePage {
  std::vector<T> items;  ///< fewer than the limit, or none, may come before the last page
  std::string next;      ///< a cursor, which is a sort key; "": this was the last page
};

}  // namespace lift
