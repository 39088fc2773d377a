#pragma once
// What the keeper knows of one key.
//
// Thread-safety: belongs to the keeper's loop. Cost: about 300 bytes and the key's text.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lift/ratelimit/detail/lease_keeper.h"

namespace lift::detail {

struct LeaseKeeper::Record final : Timer {
  Record(LeaseKeeper& its, LeaseCell& its_cell)
      : Timer([](Timer& timer) noexcept {
          auto& self = static_cast<Record&>(timer);
          self.keeper.appointment_due(self);
        }),
        keeper(its),
        cell(&its_cell) {}

  struct Appointment {
    std::uint64_t tokens;
    Instant from;
    Instant until;
  };

  [[nodiscard]] ItemView& item() { return items[shard]; }
  [[nodiscard]] const LeaseTerms& its_terms() const { return keeper.terms(terms); }

  LeaseKeeper& keeper;
  LeaseCell* cell;
  std::uint64_t hash = 0;
  std::string text;
  std::size_t terms = 0;
  std::deque<LeaseAsk> waiting;
  bool busy = false;  // serve() runs
  bool told = false;
  bool answered = false;  // by the store, in this round

  std::vector<ItemView> items;  // one for each shard
  unsigned shard = 0;
  unsigned tried = 0;  // shards, in this round

  std::optional<Appointment> appointment;
  double rate = 0;  // tokens asked for in a second, of late
  std::uint32_t seen = 0;
  Instant measured{};
  double stretch = 1;    // of the horizon, while the store is throttled or the budget spent
  Instant not_before{};  // no write until then
  Duration last_wait{};
  unsigned throttled = 0;
  double share = 1;
  Instant used{};
};

}  // namespace lift::detail
