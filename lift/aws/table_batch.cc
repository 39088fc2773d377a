// Batches: in calls of what DynamoDB takes, with what it leaves out asked for again.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lift/aws/detail/table_core.h"
#include "lift/base/loop.h"
#include "lift/base/sleep.h"

namespace lift::detail {
namespace {

constexpr std::size_t kReads = 100;
constexpr std::size_t kWrites = 25;

template <class Value>
std::vector<Value> next_of(std::vector<Value>& all, std::size_t most) {
  const auto begin = all.end() - static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::vector<Value> out(std::make_move_iterator(begin), std::make_move_iterator(all.end()));
  all.erase(begin, all.end());
  return out;
}

std::unexpected<Error> unprocessed(std::size_t count, std::uint32_t attempts) {
  return fail("unprocessed", std::to_string(count) + " items of a batch were left out, " +
                                 std::to_string(attempts) + " times");
}

/// What is left for this table; nothing where another is named.
template <class Tables>
typename Tables::mapped_type left_for(const std::string& table, Tables& tables) {
  const auto found = tables.find(table);
  return found == tables.end() ? typename Tables::mapped_type() : std::move(found->second);
}

}  // namespace

/// Counts the calls of a batch, and waits between them.
class TableCore::Attempts {
 public:
  Attempts(const TableCore& core, Instant deadline) : core_(core), deadline_(deadline) {}

  /// False where there is no other attempt, or no time for it.
  Task<bool> again() {
    Loop& loop = Loop::current();
    if (++made_ >= core_.options_.attempts) co_return false;
    wait_ = core_.backoff_.delay(made_, wait_, loop.random());
    if (deadline_ != kNever && loop.clock().now() + wait_ >= deadline_) co_return false;
    co_await sleep(wait_);
    co_return true;
  }
  [[nodiscard]] std::uint32_t made() const noexcept { return made_; }

 private:
  const TableCore& core_;
  Instant deadline_;
  std::uint32_t made_ = 0;
  Duration wait_{};
};

Task<Result<std::vector<Item>>> TableCore::read_some(std::vector<Item> keys, Instant deadline) {
  std::vector<Item> out;
  Attempts attempts(*this, deadline);
  while (true) {
    BatchGetItem request;
    request.tables[shape_.table].keys = keys;
    request.tables[shape_.table].consistent = options_.consistent;
    request.deadline = deadline;
    Task<Result<BatchGotItem>> asking = db_.batch_get_item(request);
    Result<BatchGotItem> got = co_await asking;
    if (!got && got.error().code != "throttled") co_return std::unexpected(std::move(got.error()));
    if (got) {
      std::ranges::move(left_for(shape_.table, got->items), std::back_inserter(out));
      keys = left_for(shape_.table, got->unprocessed);
    }
    if (keys.empty()) co_return out;
    Task<bool> waiting = attempts.again();
    const bool again = co_await waiting;
    if (!again) co_return unprocessed(keys.size(), attempts.made());
  }
}

Task<Result<>> TableCore::write_some(std::vector<BatchWrite> writes, Instant deadline) {
  Attempts attempts(*this, deadline);
  while (true) {
    BatchWriteItem request;
    request.tables[shape_.table] = writes;
    request.deadline = deadline;
    Task<Result<BatchWroteItem>> asking = db_.batch_write_item(request);
    Result<BatchWroteItem> wrote = co_await asking;
    if (!wrote && wrote.error().code != "throttled")
      co_return std::unexpected(std::move(wrote.error()));
    if (wrote) writes = left_for(shape_.table, wrote->unprocessed);
    if (writes.empty()) co_return Result<>();
    Task<bool> waiting = attempts.again();
    const bool again = co_await waiting;
    if (!again) co_return unprocessed(writes.size(), attempts.made());
  }
}

Task<Result<std::vector<TableCore::Found>>> TableCore::get_all(TableScope scope,
                                                               std::vector<TableKey> keys) {
  std::map<ItemKey, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Result<ItemKey> key = key_of(shape_, scope.tenant, keys[i]);
    if (!key) co_return std::unexpected(std::move(key.error()));
    places[*std::move(key)].push_back(i);
  }
  std::vector<Item> waiting;
  for (const auto& [key, indices] : places) waiting.push_back(key.item());
  std::vector<Found> out(keys.size());
  while (!waiting.empty()) {
    Task<Result<std::vector<Item>>> reading = read_some(next_of(waiting, kReads), scope.deadline);
    Result<std::vector<Item>> stored = co_await reading;
    if (!stored) co_return std::unexpected(std::move(stored.error()));
    for (Item& item : *stored) {
      const bool gone = expired(item);
      Result<Record> record = record_of(shape_, scope.tenant, std::move(item));
      if (!record) co_return std::unexpected(std::move(record.error()));
      const auto place = places.find(key_of_record(shape_, scope.tenant, *record).value());
      if (place == places.end())
        co_return fail("foreign_item", "an item was answered that nobody asked for");
      if (gone) continue;
      for (const std::size_t at : place->second) out[at] = *record;
    }
  }
  co_return out;
}

Task<Result<>> TableCore::write_all(std::vector<BatchWrite> writes, Instant deadline) {
  while (!writes.empty()) {
    Task<Result<>> writing = write_some(next_of(writes, kWrites), deadline);
    Result<> done = co_await writing;
    if (!done) co_return done;
  }
  co_return Result<>();
}

Task<Result<>> TableCore::put_all(TableScope scope, std::vector<Result<Record>> records) {
  if (!shape_.version.empty())
    co_return fail("bad_request", "a batch cannot count the versions of what it writes");
  std::set<ItemKey> keys;
  std::vector<BatchWrite> writes;
  for (Result<Record>& record : records) {
    Result<Placed> placed = place(scope, std::move(record));
    if (!placed) co_return std::unexpected(std::move(placed.error()));
    if (!keys.insert(placed->key).second)
      co_return fail("bad_request", "the item " + placed->key.text() + " is there twice");
    BatchWrite write{.kind = BatchWrite::Kind::put,
                     .item = stored_of(shape_, placed->key, placed->record)};
    writes.push_back(std::move(write));
  }
  Task<Result<>> writing = write_all(std::move(writes), scope.deadline);
  Result<> done = co_await writing;
  co_return done;
}

Task<Result<>> TableCore::erase_all(TableScope scope, std::vector<TableKey> keys) {
  std::set<ItemKey> places;
  for (const TableKey& key : keys) {
    Result<ItemKey> place = key_of(shape_, scope.tenant, key);
    if (!place) co_return std::unexpected(std::move(place.error()));
    places.insert(*std::move(place));
  }
  std::vector<BatchWrite> writes;
  for (const ItemKey& key : places) {
    BatchWrite write{.kind = BatchWrite::Kind::remove, .item = key.item()};
    writes.push_back(std::move(write));
  }
  Task<Result<>> writing = write_all(std::move(writes), scope.deadline);
  Result<> done = co_await writing;
  co_return done;
}

}  // namespace lift::detail

namespace lift {

Problems TableOptions::validate() const {
  Problems problems;
  if (attempts < 1 || attempts > 20)
    problems.add("attempts", std::to_string(attempts), "must be from 1 to 20");
  problems.add_all("backoff", backoff.validate());
  return problems;
}

}  // namespace lift
