#pragma once
// An exporter on virtual time over observed chains, with a destination that keeps what it is given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "lift/export/exporter.h"
#include "lift/observe/observe.h"
#include "lift/telemetry/log_line.h"
#include "lift/testing/sim_world.h"

namespace lift {

/// Renders lines, and delivers them when it is flushed.
class KeepingDestination final : public Destination {
 public:
  explicit KeepingDestination(Signal signal = Signal::logs) : signal_(signal) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "keeping"; }
  [[nodiscard]] Signal signal() const noexcept override { return signal_; }
  void request(const RequestView& view) override {
    if (throws) throw std::bad_alloc();
    encoder_.request(text, view);
    for (const LogView& line : view.logs) encoder_.program(text, line, view);
    ++requests;
    spans += view.kept == Kept::no ? 0 : 1 + view.spans.size();
    pending_ += 1;
  }
  void log(const LogView& line, const RequestView* within) override {
    within != nullptr ? encoder_.program(text, line, *within) : encoder_.program(text, line);
    pending_ += 1;
  }
  void metrics(const MetricSnapshot& snapshot) override { snapshots.push_back(snapshot); }
  Task<void> run() override { co_return; }
  Task<void> flush(Instant deadline) override {
    flush_deadline = deadline;
    delivered_ += pending_;
    pending_ = 0;
    co_return;
  }
  void reopen() override { ++reopened; }
  void stop() noexcept override { stopped = true; }
  [[nodiscard]] DestinationStats stats() const noexcept override {
    return {.given = delivered_ + pending_,
            .delivered = delivered_,
            .dropped = 0,
            .pending = pending_,
            .dropped_by = {}};
  }

  std::string text;
  std::size_t requests = 0;
  std::size_t spans = 0;
  std::vector<MetricSnapshot> snapshots;
  Instant flush_deadline{};
  int reopened = 0;
  bool stopped = false;
  bool throws = false;

 private:
  Signal signal_;
  LogLineEncoder encoder_{Resource{}};
  std::uint64_t delivered_ = 0;
  std::uint64_t pending_ = 0;
};

class ExporterTest : public testing::Test {
 protected:
  Exporter& exporter(const ExporterOptions& options = {}, Signal signal = Signal::logs) {
    exporter_ = std::make_unique<Exporter>(telemetry_, world_.loop(), options);
    auto kept = std::make_unique<KeepingDestination>(signal);
    destination_ = kept.get();
    exporter_->add(std::move(kept));
    exporter_->start();
    return *exporter_;
  }
  Chain chain(const ObserveOptions& options, Handler handler) {
    auto observe = Observe::make(options, telemetry_).value();
    return Chain::build("/payments/{id}", {AnyLayer(observe)}, std::move(handler)).value();
  }

  SimWorld world_;
  std::shared_ptr<Telemetry> telemetry_ =
      std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
  std::unique_ptr<Exporter> exporter_;
  KeepingDestination* destination_ = nullptr;
};

}  // namespace lift
