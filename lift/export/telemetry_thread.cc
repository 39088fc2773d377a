#include "lift/export/telemetry_thread.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "lift/export/detail/outlets.h"
#include "lift/net/loop_thread.h"

namespace lift {
namespace {

// Where a destination hangs, the end waits for it once, and no longer than this for the rest.
constexpr Duration kForTheLastLine = std::chrono::milliseconds(500);

}  // namespace

struct TelemetryThread::Running {
  LoopThread thread{"lift-telemetry"};
  std::optional<detail::Outlets> outlets;  // these two live on the thread
  std::optional<Exporter> exporter;

  Result<> open(const std::shared_ptr<Telemetry>& telemetry, const ExportOptions& options);
  FlushReport flush(Duration within);
  /// How much since the start, and of what: "traces export_failed 7, logs ring_full 2".
  std::pair<std::uint64_t, std::string> lost();
  void end();
};

Result<> TelemetryThread::Running::open(const std::shared_ptr<Telemetry>& telemetry,
                                        const ExportOptions& options) {
  if (auto started = thread.start(); !started) return started;
  const auto open = [&]() -> Result<> {
    outlets.emplace(thread.loop(), options, telemetry->resource());
    auto destinations = outlets->open();
    if (!destinations) return std::unexpected(std::move(destinations.error()));
    exporter.emplace(telemetry, thread.loop(), options.exporter);
    for (auto& destination : *destinations) exporter->add(std::move(destination));
    exporter->start();
    return {};
  };
  const auto opened = thread.run_sync(open);
  return opened ? *opened : std::unexpected(opened.error());
}

FlushReport TelemetryThread::Running::flush(Duration within) {
  const auto flushing = [&]() -> Task<FlushReport> {
    return exporter->flush(saturating_add(thread.loop().clock().now(), within));
  };
  return thread.run_sync(flushing).value_or(FlushReport{});
}

std::pair<std::uint64_t, std::string> TelemetryThread::Running::lost() {
  std::pair<std::uint64_t, std::string> all;
  const auto asking = [this] { return exporter->losses(); };
  for (const Observed& one : thread.run_sync(asking).value_or(std::vector<Observed>{})) {
    const auto count = static_cast<std::uint64_t>(one.value);
    if (count == 0) continue;
    all.first += count;
    if (!all.second.empty()) all.second += ", ";
    all.second += one.label_values[0] + " " + one.label_values[1] + " " + std::to_string(count);
  }
  return all;
}

void TelemetryThread::Running::end() {
  const auto ending = [this] {
    if (exporter) exporter->stop();
    exporter.reset();
    outlets.reset();
  };
  (void)thread.run_sync(ending);
  thread.stop();
}

TelemetryThread::TelemetryThread(std::shared_ptr<Telemetry> telemetry, ExportOptions options)
    : telemetry_(std::move(telemetry)), options_(std::move(options)) {}

TelemetryThread::~TelemetryThread() {
  (void)stop();
  telemetry_->records().on_wake({});  // in a forked child that has recorded nothing
}

Result<> TelemetryThread::start() {
  if (auto valid = options_.validate().as_result(); !valid) return valid;
  const std::lock_guard lock(mutex_);
  auto running = std::make_unique<Running>();
  if (auto opened = running->open(telemetry_, options_); !opened) {
    running->end();
    return opened;
  }
  running_ = std::move(running);
  return {};
}

FlushReport TelemetryThread::flush(Duration within) {
  const std::lock_guard lock(mutex_);
  return running_ ? running_->flush(within) : FlushReport{};
}

void TelemetryThread::reopen() {
  const std::lock_guard lock(mutex_);
  if (!running_) return;
  const auto reopening = [this] { running_->exporter->reopen(); };
  (void)running_->thread.run_sync(reopening);
}

std::vector<Exporter::Health> TelemetryThread::health() {
  const std::lock_guard lock(mutex_);
  if (!running_) return {};
  const auto asking = [this] { return running_->exporter->health(); };
  return running_->thread.run_sync(asking).value_or(std::vector<Exporter::Health>{});
}

FlushReport TelemetryThread::stop() {
  const std::lock_guard lock(mutex_);
  if (!running_) return {};
  const FlushReport report = running_->flush(options_.flush_within);
  const auto [dropped, reasons] = running_->lost();
  if (dropped + report.pending > 0) {
    telemetry_->log("telemetry")
        .warn("telemetry was lost", field("dropped", dropped), field("reasons", reasons),
              field("pending", report.pending));
    (void)running_->flush(std::min(options_.flush_within, kForTheLastLine));
  }
  running_->end();
  running_.reset();
  return report;
}

void TelemetryThread::before_fork() noexcept {
  mutex_.lock();
  telemetry_->before_fork();
}

void TelemetryThread::after_fork_in_parent() noexcept {
  telemetry_->after_fork();
  mutex_.unlock();
}

void TelemetryThread::after_fork_in_child() noexcept {
  // Its thread is the parent's and cannot be joined here: what belonged to it is left as it is.
  (void)running_.release();
  telemetry_->reset_after_fork();
  mutex_.unlock();
  telemetry_->records().on_wake([this] { begin_in_child(); });
}

void TelemetryThread::begin_in_child() noexcept {
  telemetry_->records().on_wake({});
  (void)start();
}

}  // namespace lift
