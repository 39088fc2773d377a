#include "lift/export/invocation_exporter.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lift/export/exporter_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class InvocationExporterTest : public ExporterTest {
 protected:
  void SetUp() override { descriptor_ = ::memfd_create("lines", 0); }
  void TearDown() override { ::close(descriptor_); }
  std::string written() {
    std::string text(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(descriptor_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
  int descriptor_ = -1;
};

TEST_F(InvocationExporterTest, ARequestsLineIsItsMetricsDocument) {
  auto out = InvocationExporter::make(telemetry_, {}, descriptor_).value();
  const Chain chain = this->chain({}, [](Context& ctx) {
    ctx.log().info("charged");
    return text("ok");
  });
  world_.get(chain, "/payments/1");
  const FlushReport report = out->finish();
  EXPECT_EQ(report.flushed, 2U);
  EXPECT_EQ(report.dropped, 0U);
  const std::string lines = written();
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
  EXPECT_THAT(lines, HasSubstr("\"_aws\":"));
  EXPECT_THAT(lines, HasSubstr("\"requests.total\":1"));
  EXPECT_THAT(lines, HasSubstr("\"charged\""));
}

TEST_F(InvocationExporterTest, EachInvocationIsToldOnceAndWithItsOwnTime) {
  auto out = InvocationExporter::make(telemetry_, {.metrics = std::nullopt}, descriptor_).value();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  EXPECT_EQ(out->finish().flushed, 1U);
  EXPECT_EQ(out->finish().flushed, 0U);
  world_.advance(20min);  // frozen
  world_.get(chain, "/payments/1");
  EXPECT_EQ(out->finish().flushed, 1U);
  EXPECT_THAT(written(), HasSubstr("2026-01-01T00:16:40"));
  EXPECT_THAT(written(), HasSubstr("2026-01-01T00:36:40"));
}

TEST_F(InvocationExporterTest, WhatCannotBeWrittenIsCounted) {
  const int full = ::open("/dev/full", O_WRONLY);
  auto out = InvocationExporter::make(telemetry_, {}, full).value();
  const Chain chain = this->chain({}, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  const FlushReport report = out->finish();
  EXPECT_EQ(report.flushed, 0U);
  EXPECT_EQ(report.dropped, 1U);
  EXPECT_EQ(telemetry_->records().losses().count(Signal::logs, Loss::export_failed), 1U);
  ::close(full);
}

TEST_F(InvocationExporterTest, ARequestWhoseLineIsSampledAwayIsCountedAllTheSame) {
  auto out = InvocationExporter::make(telemetry_, {}, descriptor_).value();
  ObserveOptions options;
  options.log_ratio = 0;
  options.sampling.rate.ratio = 0;
  const Chain chain = this->chain(options, [](Context&) { return text("ok"); });
  world_.get(chain, "/payments/1");
  EXPECT_EQ(out->finish().flushed, 1U);
  EXPECT_THAT(written(), HasSubstr("\"requests.total\":1"));
}

}  // namespace
}  // namespace lift
