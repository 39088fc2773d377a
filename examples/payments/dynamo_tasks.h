#pragma once
// What the store asks of its tables, as tasks on its loop.
//
// Thread-safety: on the loop of the tables.
// Cost: see dynamo_store.h.

#include <optional>
#include <string>

#include "dynamo_items.h"
#include "lift/aws/table.h"
#include "lift/base/task.h"
#include "store.h"

namespace payments {

using Payments = lift::TenantTable<PaymentItem>;
using Keys = lift::TenantTable<KeyItem>;

/// Writes a payment that is new, or is there already, as its id says: no other has it.
lift::Task<lift::Result<>> keep(Payments payments, Payment payment);
lift::Task<lift::Result<Page>> list_payments(Payments payments, std::string cursor,
                                             std::size_t limit);
lift::Task<lift::Result<Payment>> refund_payment(Payments payments, std::string id,
                                                 std::int64_t amount);

/// `wanted` is the item of one who would run the request.
lift::Task<lift::Result<Begun>> begin_keyed(Payments payments, Keys keys, KeyItem wanted);
/// The claim is `wanted.claim`, and `wanted` what its item becomes.
lift::Task<lift::Result<>> finish_keyed(Payments payments, Keys keys, KeyItem wanted);
lift::Task<lift::Result<>> abandon_keyed(Keys keys, Claim claim);

/// The table's error as one of a store.
lift::Error store_error(const lift::Error& error);

}  // namespace payments
