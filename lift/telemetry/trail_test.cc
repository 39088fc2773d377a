#include "lift/telemetry/trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lift/telemetry/log.h"
#include "lift/telemetry/record_fixture_test.h"
#include "lift/telemetry/span.h"
#include "lift/testing/allocations.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class TrailTest : public testing::Test {
 protected:
  Trail trail(TrailLimits limits = {}, bool hold_debug = true) {
    settings_.emplace(TrailSettings{records_, levels_, limits, hold_debug});
    Trail made(*settings_, arena_, world_.loop());
    made.trace.trace = new_trace_id(1, world_.loop().random());
    made.trace.span = new_span_id(world_.loop().random());
    return made;
  }
  KeptRequest through_the_ring(const Trail& trail, Kept kept) {
    RequestRecord record;
    record.numbers.kept = kept;
    record.numbers.detailed = kept > Kept::head;
    record.trail = &trail;
    records_.request(record);
    KeepingReader reader;
    EXPECT_EQ(records_.drain(reader, 1), 1U);
    return std::move(reader.requests.at(0));
  }

  SimWorld world_;
  Arena arena_;
  RecordBuffer records_;
  LogLevels levels_;
  std::optional<TrailSettings> settings_;
};

TEST_F(TrailTest, KeepsFieldsLinesAndSpansInOrder) {
  Trail trail = this->trail();
  trail.add(field("order", 7));
  trail.add(field("currency", std::string("EUR")));
  Log log(trail, levels_.app(), trail.trace.span);
  log.info("charged", field("amount", 12), field("ok", true), field("rate", 1.5));
  levels_.set("ledger", LogLevel::debug);
  Log(trail, levels_.module("ledger"), trail.trace.span).debug("wrote");
  {
    Span outer(trail, "ledger.write", SpanKind::internal, trail.trace.span);
    outer.set(field("rows", 3U));
    world_.advance(2ms);
    Span inner = outer.child("fsync");
    inner.event("slow disk", field("ms", 1));
    inner.fail("EIO");
    world_.advance(1ms);
  }
  const KeptRequest kept = through_the_ring(trail, Kept::head);
  EXPECT_THAT(kept.fields, ElementsAre("order=7", "currency=EUR"));
  EXPECT_THAT(kept.lines,
              ElementsAre("INFO app: charged amount=12 ok=1 rate=1.500000", "DEBUG ledger: wrote"));
  EXPECT_THAT(kept.spans, ElementsAre("ledger.write 3000000 rows=3",
                                      "fsync 1000000 failed error.message=EIO @slow disk"));
}

TEST_F(TrailTest, ASpanKnowsItsParentAndWhatToHandOn) {
  Trail trail = this->trail();
  Span outer(trail, "outer", SpanKind::internal, trail.trace.span);
  Span inner = outer.child("inner", SpanKind::client);
  EXPECT_EQ(trail.spans().first->parent, trail.trace.span);
  EXPECT_EQ(trail.spans().last->parent, trail.spans().first->id);
  EXPECT_EQ(trail.spans().last->kind, SpanKind::client);
  EXPECT_EQ(inner.context().span, trail.spans().last->id);
  EXPECT_EQ(inner.context().trace, trail.trace.trace);
}

TEST_F(TrailTest, ASpanThatIsOpenAtTheEndIsShownAsOpen) {
  Trail trail = this->trail();
  Span span(trail, "hung", SpanKind::internal, trail.trace.span);
  EXPECT_THAT(through_the_ring(trail, Kept::error).spans, ElementsAre("hung open 0"));
}

TEST_F(TrailTest, SpansAreLeftOutOfATraceThatIsNotKept) {
  Trail trail = this->trail();
  {
    Span span(trail, "work", SpanKind::internal, trail.trace.span);
  }
  EXPECT_THAT(through_the_ring(trail, Kept::no).spans, IsEmpty());
  EXPECT_EQ(records_.losses().total(), 0U) << "sampling is no loss";
}

TEST_F(TrailTest, LinesThatNobodyHearsAreShownOnlyIfTheTailKeepsTheRequest) {
  Trail trail = this->trail();
  Log log(trail, levels_.app(), trail.trace.span);
  log.debug("detail");
  log.info("usual");
  EXPECT_THAT(through_the_ring(trail, Kept::no).lines, ElementsAre("INFO app: usual"));
  EXPECT_THAT(through_the_ring(trail, Kept::head).lines, ElementsAre("INFO app: usual"));
  for (const Kept kept : {Kept::error, Kept::slow, Kept::armed}) {
    EXPECT_THAT(through_the_ring(trail, kept).lines,
                ElementsAre("DEBUG app: detail", "INFO app: usual"));
  }
}

TEST_F(TrailTest, WithoutHoldingThemTheyCostNothing) {
  Trail trail = this->trail({}, false);
  Log(trail, levels_.app(), trail.trace.span).debug("detail");
  EXPECT_EQ(trail.record_bytes(), 0U);
}

TEST_F(TrailTest, BeyondItsLimitsAdditionsAreCountedAndHeardLinesGoOutAtOnce) {
  Trail trail = this->trail({.fields = 2, .spans = 1, .events = 1, .bytes = 2'000});
  for (int i = 0; i < 5; ++i) trail.add(field("f", i));
  EXPECT_EQ(trail.fields().count, 2U);
  Span one(trail, "one", SpanKind::internal, trail.trace.span);
  Span two(trail, "two", SpanKind::internal, trail.trace.span);
  two.set(field("ignored", 1));
  one.event("a");
  one.event("b");
  EXPECT_EQ(records_.losses().count(Signal::traces, Loss::request_limit), 2U);
  EXPECT_EQ(records_.losses().count(Signal::logs, Loss::request_limit), 3U);

  trail.identity.tenant = "acme";
  Log log(trail, levels_.app(), trail.trace.span);
  const std::string large(1'500, 'x');
  log.info(large);
  log.warn(large);
  log.debug(large);
  KeepingReader reader;
  EXPECT_EQ(records_.drain(reader, 10), 1U);
  EXPECT_THAT(reader.lines, ElementsAre("WARN app: " + large + " traced of acme"));
  EXPECT_EQ(records_.losses().count(Signal::logs, Loss::request_limit), 4U) << "the held line";
}

TEST_F(TrailTest, WithoutATraceASpanAndALogDoNothing) {
  Span nothing;
  Span child = nothing.child("x");
  child.set(field("a", 1));
  child.event("b");
  child.fail("c");
  nothing.log().error("unheard");
  EXPECT_FALSE(nothing.context().valid());
}

TEST_F(TrailTest, NothingIsAllocatedWithinTheArena) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "the sanitizer owns operator new";
  Trail trail = this->trail();
  const AllocationCounter allocations;
  trail.add(field("order", 7));
  Log(trail, levels_.app(), trail.trace.span).info("charged", field("amount", 12));
  {
    Span span(trail, "work", SpanKind::internal, trail.trace.span);
  }
  EXPECT_EQ(allocations.count(), 0U);
}

}  // namespace
}  // namespace lift
