#include "lift/export/telemetry_thread.h"

#include <optional>
#include <utility>

#include "lift/export/detail/outlets.h"
#include "lift/net/loop_thread.h"

namespace lift {

struct TelemetryThread::Running {
  LoopThread thread{"lift-telemetry"};
  std::optional<detail::Outlets> outlets;  // these two live on the thread
  std::optional<Exporter> exporter;

  Result<> open(const std::shared_ptr<Telemetry>& telemetry, const ExportOptions& options);
  FlushReport flush(Duration within);
  void end();
};

Result<> TelemetryThread::Running::open(const std::shared_ptr<Telemetry>& telemetry,
                                        const ExportOptions& options) {
  if (auto started = thread.start(); !started) return started;
  const auto open = [&]() -> Result<> {
    outlets.emplace(thread.loop());
    auto destinations = outlets->open(options, telemetry->resource());
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

TelemetryThread::~TelemetryThread() { (void)stop(); }

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
  FlushReport report = running_->flush(options_.flush_within);
  const std::uint64_t lost = telemetry_->records().losses().total() + report.dropped;
  if (lost + report.pending > 0) {
    telemetry_->log("telemetry")
        .warn("telemetry was lost", field("dropped", lost), field("pending", report.pending));
    (void)running_->flush(options_.flush_within);
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
