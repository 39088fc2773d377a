#include "lift/ratelimit/detail/lease_terms.h"

#include <gtest/gtest.h>

namespace lift::detail {
namespace {

using namespace std::chrono_literals;
using What = LeaseOffer::What;
using Kind = LimitWrite::Kind;

constexpr std::int64_t kNow = 1'767'225'600'000'000'000;
constexpr std::int64_t kMs = 1'000'000;

std::unique_ptr<const LeaseTerms> bucket(const Quota& quota = {.rate = per_second(1000)}) {
  return bucket_terms(LeasePlan::make(quota, {.clock_error = 5ms}).value());
}

TEST(BucketTermsTest, AnIdleItemBeginsAndABusyOneGoesOn) {
  const auto terms = bucket();
  const std::int64_t version = terms->plan().interval;
  ItemView item;
  const LeaseOffer begin = terms->next(item, {.first = 1, .all = 3}, "key", kNow);
  EXPECT_EQ(begin.what, What::reserve);
  EXPECT_EQ(begin.tokens, 3U);
  EXPECT_EQ(begin.write.kind, Kind::begin);
  EXPECT_EQ(begin.write.key, "key");
  EXPECT_EQ(begin.write.value, kNow + 3 * kMs);
  EXPECT_EQ(begin.write.version, version);
  EXPECT_EQ(begin.write.above, kNow);
  EXPECT_GT(begin.write.expires_at, kNow / 1'000'000'000 + 3600);

  terms->learn(item, begin, {.applied = false, .item = LimitItem{kNow + 100 * kMs, version}}, kNow);
  const LeaseOffer on = terms->next(item, {.first = 1, .all = 3}, "key", kNow);
  EXPECT_EQ(on.write.kind, Kind::advance);
  EXPECT_EQ(on.write.value, 3 * kMs);
  EXPECT_EQ(on.write.above, kNow);
  EXPECT_EQ(on.write.at_most, kNow + terms->plan().tolerance - 3 * kMs);
  terms->learn(item, on, {.applied = true, .item = LimitItem{kNow + 103 * kMs, version}}, kNow);
  EXPECT_EQ(item.t, kNow + 103 * kMs);
  EXPECT_EQ(terms->granted(item, kNow).from, kNow);
  EXPECT_EQ(terms->granted(item, kNow).until, kNow + terms->plan().life.count());
  EXPECT_TRUE(item.busy) << "the next guess";
}

TEST(BucketTermsTest, WhatDoesNotFitIsRefusedUntilItDoes) {
  const auto terms = bucket();
  const ItemView full{.t = kNow + terms->plan().tolerance, .v = terms->plan().interval};
  EXPECT_EQ(terms->next(full, {.first = 1, .all = 1}, "key", kNow).what, What::nothing);
  EXPECT_EQ(terms->fits_at(full, 1, kNow), kNow + kMs);
  EXPECT_EQ(terms->remaining(full, kNow), 0U);
  EXPECT_EQ(terms->remaining(full, kNow + 5 * kMs), 5U);
  EXPECT_EQ(terms->next(full, {.first = 1, .all = 1}, "key", kNow + kMs).what, What::reserve);
  EXPECT_EQ(terms->fits_at(full, terms->most() + 1, kNow), kNoTime);
}

TEST(BucketTermsTest, SteadyDemandAndPatienceGetAppointments) {
  const auto terms = bucket();
  ItemView full{.t = kNow + terms->plan().tolerance, .v = terms->plan().interval};
  const LeaseOffer steady = terms->next(full, {.first = 1, .all = 9, .ahead = 20}, "key", kNow);
  EXPECT_EQ(steady.what, What::reserve);
  EXPECT_EQ(steady.tokens, 20U);
  terms->learn(full, steady,
               {.applied = true, .item = LimitItem{full.t + 20 * kMs, terms->plan().interval}},
               kNow);
  EXPECT_EQ(terms->granted(full, kNow).from, kNow + 20 * kMs);

  const LeaseNeed patient{.first = 1, .all = 1, .patience = 50ms};
  EXPECT_EQ(terms->next(full, patient, "key", kNow).tokens, 1U);
  const LeaseNeed hasty{.first = 1, .all = 1, .patience = 5ms};
  EXPECT_EQ(terms->next(full, hasty, "key", kNow).what, What::nothing);
  const ItemView far{.t = kNow + terms->plan().tolerance + terms->plan().ahead.count(),
                     .v = terms->plan().interval};
  EXPECT_EQ(terms->next(far, {.first = 1, .all = 1, .ahead = 20}, "key", kNow).what, What::nothing);
}

TEST(BucketTermsTest, AnotherRatesDebtIsConvertedToTheSameTokens) {
  const auto fast = bucket({.rate = per_second(1000)});
  const auto slow = bucket({.rate = per_second(100)});
  ItemView item{.t = kNow + 300 * kMs, .v = fast->plan().interval};  // 300 tokens
  const LeaseOffer offer = slow->next(item, {.first = 1, .all = 1}, "key", kNow);
  ASSERT_EQ(offer.what, What::convert);
  EXPECT_EQ(offer.write.kind, Kind::convert);
  EXPECT_EQ(offer.write.above, item.t);
  EXPECT_EQ(offer.write.at_most, fast->plan().interval);
  EXPECT_EQ(offer.write.version, slow->plan().interval);
  // No more than two full buckets: 3 s would be owed.
  EXPECT_NEAR(static_cast<double>(offer.write.value - kNow), 2e9, 1e3);
  item = {.t = kNow + 300 * kMs, .v = slow->plan().interval};  // 30 tokens
  const LeaseOffer back = fast->next(item, {.first = 1, .all = 1}, "key", kNow);
  EXPECT_NEAR(static_cast<double>(back.write.value - kNow), 30e6, 1e3);
  item.t = kNow - 1;  // nothing is owed: no write is wasted
  EXPECT_EQ(fast->next(item, {.first = 1, .all = 1}, "key", kNow).what, What::reserve);
}

TEST(BucketTermsTest, WhatWasAdmittedAlreadyIsPostedAsFarAsTwoBuckets) {
  const auto terms = bucket();
  const ItemView idle;
  const LeaseOffer some = terms->next(idle, {.first = 1, .all = 1, .owed = 500}, "key", kNow);
  EXPECT_EQ(some.what, What::post);
  EXPECT_EQ(some.tokens, 500U);
  EXPECT_EQ(some.write.value, kNow + 500 * kMs);
  EXPECT_EQ(terms->next(idle, {.owed = 1'000'000}, "key", kNow).tokens, 2000U);
  const ItemView owing{.t = kNow + 2 * terms->plan().full, .v = terms->plan().interval};
  EXPECT_EQ(terms->next(owing, {.owed = 5}, "key", kNow).tokens, 0U);
}

TEST(WindowTermsTest, TakesFromItsWindowLessAndLess) {
  const Quota quota{.rate = per_minute(100)};
  const auto terms = window_terms(quota, LeasePlan::of_window(quota));
  ItemView item;
  const LeaseNeed need{.first = 1, .all = 1, .ahead = 1000, .share = 0.5};
  const LeaseOffer first = terms->next(item, need, "key", kNow);
  EXPECT_EQ(first.write.kind, Kind::add);
  EXPECT_EQ(first.write.key, "key#" + std::to_string(kNow / kMs));
  EXPECT_EQ(first.tokens, 25U) << "half of its share of what is left";
  EXPECT_EQ(first.write.at_most, 75);
  terms->learn(item, first, {.applied = true, .item = LimitItem{98, 0}}, kNow);
  EXPECT_EQ(terms->next(item, need, "key", kNow).tokens, 1U);
  EXPECT_EQ(terms->granted(item, kNow + 1).until, kNow + 60'000 * kMs);
  terms->learn(item, first, {.applied = false, .item = LimitItem{100, 0}}, kNow);
  EXPECT_EQ(terms->next(item, need, "key", kNow).what, What::nothing);
  EXPECT_EQ(terms->fits_at(item, 1, kNow), kNow + 60'000 * kMs);
  EXPECT_EQ(terms->remaining(item, kNow + 60'000 * kMs), 100U) << "the next window";
  EXPECT_EQ(terms->fits_at(item, 101, kNow), kNoTime);
}

}  // namespace
}  // namespace lift::detail
