#include "lift/telemetry/record_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "lift/telemetry/detail/record_codec.h"
#include "lift/telemetry/log.h"
#include "lift/telemetry/record_fixture_test.h"
#include "lift/telemetry/span.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using testing::ElementsAre;

RequestRecord request(LogLevel level = LogLevel::info, std::string_view path = "/") {
  RequestRecord record;
  record.numbers.level = level;
  record.numbers.kept = Kept::head;
  record.texts.path = path;
  record.texts.operation = "/{id}";
  return record;
}

TEST(RecordBuffer, GivesBackEveryNumberAndText) {
  RecordBuffer records;
  RequestRecord record = request(LogLevel::warn, "/7");
  record.numbers.status = 404;
  record.numbers.duration = std::chrono::milliseconds(3);
  record.numbers.trace.bytes[0] = 9;
  record.numbers.client_address[15] = 1;
  record.texts.trace_state = "a=b";
  records.request(record);
  struct Checks final : RecordBuffer::Reader {
    void request(const RequestRead& read) override {
      EXPECT_EQ(read.numbers.status, 404);
      EXPECT_EQ(read.numbers.duration, std::chrono::milliseconds(3));
      EXPECT_EQ(read.numbers.trace.bytes[0], 9);
      EXPECT_EQ(read.numbers.client_address[15], 1);
      EXPECT_EQ(read.numbers.level, LogLevel::warn);
      EXPECT_EQ(read.texts.path, "/7");
      EXPECT_EQ(read.texts.operation, "/{id}");
      EXPECT_EQ(read.texts.trace_state, "a=b");
      EXPECT_EQ(read.texts.tenant, "");
      ++seen;
    }
    void line(const LineReadAlone&) override { ADD_FAILURE(); }
    int seen = 0;
  } reader;
  EXPECT_EQ(records.drain(reader, 10), 1U);
  EXPECT_EQ(reader.seen, 1);
}

TEST(RecordBuffer, LinesOutsideOfRequestsCarryTheirModule) {
  SimWorld world;
  RecordBuffer records;
  LogLevels levels;
  const Log log(records, world.loop().clock(), levels.module("startup"));
  log.info("ready", field("port", 8080));
  log.debug("unheard");
  Log().error("says nothing");
  KeepingReader reader;
  records.drain(reader, 10);
  EXPECT_THAT(reader.lines, ElementsAre("INFO startup: ready port=8080"));
}

TEST(RecordBuffer, ATenthIsLeftForWhatWentWrongAndEveryLossIsCounted) {
  RecordBuffer records({.ring_bytes = 64 << 10});
  const std::string path(200, 'p');
  std::uint64_t kept = 0;
  while (records.losses().total() == 0) {
    records.request(request(LogLevel::info, path));
    ++kept;
  }
  EXPECT_LE(records.waiting_bytes(), (64U << 10) * 9 / 10);
  EXPECT_EQ(records.losses().count(Signal::logs, Loss::ring_full), 1U);
  EXPECT_EQ(records.losses().count(Signal::traces, Loss::ring_full), 1U);
  records.request(request(LogLevel::error, path));
  KeepingReader reader;
  EXPECT_EQ(records.drain(reader, 1'000'000), kept) << "one lost, one error more";
  EXPECT_EQ(reader.requests.back().numbers.level, LogLevel::error);
}

TEST(RecordBuffer, ATextLongerThanTheRingIsCutAndKept) {
  RecordBuffer records;
  const std::string path(std::size_t{2} << 20, 'p');
  records.request(request(LogLevel::info, path));
  KeepingReader reader;
  ASSERT_EQ(records.drain(reader, 10), 1U);
  EXPECT_EQ(reader.requests.front().path, path.substr(0, kMaxRequestText));
  EXPECT_EQ(records.losses().total(), 0U);
}

/// Random trails: what is written fits into what was reserved for it, and what was given is what is
/// read and what is counted as lost.
class RandomTrails {
 public:
  void write(RecordBuffer& records) {
    Arena arena;
    const TrailSettings settings{records, levels_};
    Trail trail(settings, arena, world_.loop());
    fill(trail);
    RequestRecord record = request(random_.below(4) == 0 ? LogLevel::error : LogLevel::info);
    const std::string path = word(300);
    record.texts.path = path;
    record.numbers.kept = static_cast<Kept>(random_.below(5));
    record.numbers.detailed = random_.below(2) == 0;
    record.trail = random_.below(8) == 0 ? nullptr : &trail;
    check_size(record, trail);
    records.request(record);
    logs_ += 1 + detail::lines_in(record, detail::Extent::all);
    if (record.numbers.kept == Kept::no) return;
    spans_ += 1 + detail::spans_in(record, detail::Extent::all);
  }
  [[nodiscard]] std::uint64_t logs() const { return logs_; }
  [[nodiscard]] std::uint64_t spans() const { return spans_; }

 private:
  std::string word(std::size_t most) { return std::string(random_.below(most + 1), 'w'); }
  void fill(Trail& trail) {
    const Log log(trail, levels_.app(), {});
    for (std::uint64_t n = random_.below(12); n > 0; --n) {
      const std::string text = word(40);
      const std::string name = word(17);
      switch (random_.below(4)) {
        case 0:
          trail.add(field(name, text));
          break;
        case 1:
          log.write(static_cast<LogLevel>(random_.below(4)), text, field(name, 7), field("", true));
          break;
        default: {
          Span span(trail, name, SpanKind::client, {});
          if (random_.below(2) == 0) span.set(field(text, -1.5));
          if (random_.below(2) == 0) span.event(name, field("", text), field(name, 1U));
        }
      }
    }
  }
  static void check_size(const RequestRecord& record, const Trail& trail) {
    std::vector<std::byte> bytes(100'000);
    for (const auto extent : {detail::Extent::all, detail::Extent::important}) {
      EXPECT_LE(detail::write_request(bytes.data(), record, extent),
                detail::bare_bytes(record) + trail.record_bytes());
    }
    EXPECT_LE(detail::write_request(bytes.data(), record, detail::Extent::bare),
              detail::bare_bytes(record));
  }

  SimWorld world_;
  LogLevels levels_;
  SeededRandom random_{7};
  std::uint64_t logs_ = 0;
  std::uint64_t spans_ = 0;
};

TEST(RecordBuffer, OfRandomTrailsWhatWasGivenIsReadOrCounted) {
  RecordBuffer records({.ring_bytes = 64 << 10});
  RandomTrails trails;
  KeepingReader reader;
  for (int i = 0; i < 20'000; ++i) {
    trails.write(records);
    if (i % 150 == 0) records.drain(reader, 120);
  }
  records.drain(reader, SIZE_MAX);
  std::uint64_t logs = records.losses().count(Signal::logs, Loss::ring_full);
  std::uint64_t spans = records.losses().count(Signal::traces, Loss::ring_full);
  EXPECT_GT(logs, 0U);
  EXPECT_GT(spans, 0U);
  EXPECT_EQ(records.losses().total(), logs + spans);
  for (const KeptRequest& one : reader.requests) {
    logs += 1 + one.lines.size();
    if (one.numbers.kept != Kept::no) spans += 1 + one.spans.size();
  }
  EXPECT_EQ(logs, trails.logs());
  EXPECT_EQ(spans, trails.spans());
}

TEST(RecordBuffer, UnderPressureTheTrailGoesBeforeTheRequest) {
  SimWorld world;
  Arena arena;
  RecordBuffer records({.ring_bytes = 64 << 10});
  LogLevels levels;
  const TrailSettings settings{records, levels};
  Trail trail(settings, arena, world.loop());
  const Log log(trail, levels.app(), {});
  log.info("usual");
  log.warn("odd");
  (void)trail.begin_span("work", SpanKind::internal, {});
  RequestRecord record = request();
  record.trail = &trail;
  while (records.waiting_bytes() < (64U << 10) * 69 / 100) records.request(record);
  KeepingReader before;
  records.request(record);
  records.request(record);
  records.drain(before, 1'000'000);
  const KeptRequest& last = before.requests.back();
  EXPECT_THAT(last.lines, ElementsAre("WARN app: odd"));
  EXPECT_TRUE(last.spans.empty());
  EXPECT_GT(records.losses().count(Signal::logs, Loss::ring_full), 0U);
  EXPECT_EQ(records.losses().count(Signal::logs, Loss::ring_full),
            records.losses().count(Signal::traces, Loss::ring_full))
      << "one line and one span each time";
}

TEST(RecordBuffer, ALineOfTenMegabytesIsRefusedAndCounted) {
  SimWorld world;
  RecordBuffer records;
  LogLevels levels;
  Log(records, world.loop().clock(), levels.app()).error(std::string(10 << 20, 'x'));
  KeepingReader reader;
  EXPECT_EQ(records.drain(reader, 10), 0U);
  EXPECT_EQ(records.losses().count(Signal::logs, Loss::oversize), 1U);
}

TEST(RecordBuffer, WakesWhenItIsAsleepAndWhenARingIsHalfFullOnce) {
  RecordBuffer records({.ring_bytes = 64 << 10});
  int wakes = 0;
  records.on_wake([&wakes] { ++wakes; });
  records.request(request());
  EXPECT_EQ(wakes, 0) << "the exporter looks by itself";
  records.sleep();
  records.request(request());
  records.request(request());
  EXPECT_EQ(wakes, 1);
  while (records.waiting_bytes() < 60'000) records.request(request(LogLevel::error));
  EXPECT_EQ(wakes, 2);
  KeepingReader reader;
  records.drain(reader, 1'000'000);
  while (records.waiting_bytes() < 60'000) records.request(request(LogLevel::error));
  EXPECT_EQ(wakes, 3);
}

TEST(RecordBuffer, WhatAnEndedThreadWroteIsReadAndItsRingFreed) {
  RecordBuffer records;
  std::thread([&records] { records.request(request()); }).join();
  KeepingReader reader;
  EXPECT_EQ(records.drain(reader, 10), 1U);
  EXPECT_EQ(records.drain(reader, 10), 0U);
}

TEST(RecordBuffer, AfterAForkTheChildHasNothingOfItsParents) {
  RecordBuffer records;
  int wakes = 0;
  records.on_wake([&wakes] { ++wakes; });
  records.request(request());
  records.losses().add(Signal::logs, Loss::ring_full, 3);
  records.before_fork();
  records.reset_after_fork();
  KeepingReader reader;
  EXPECT_EQ(records.drain(reader, 10), 0U);
  EXPECT_EQ(records.losses().total(), 0U);
  records.request(request());
  EXPECT_EQ(wakes, 1) << "its first record wakes whoever exports";
}

TEST(RecordBuffer, RefusesAnUnusableSize) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{65'535}, std::size_t{2} << 30}) {
    const RecordBufferOptions options{.ring_bytes = bytes};
    EXPECT_EQ(options.validate().list().size(), 1U) << bytes;
  }
}

}  // namespace
}  // namespace lift
