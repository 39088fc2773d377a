#include "lift/export/exporter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <utility>

#include "lift/export/detail/bell.h"
#include "lift/export/detail/request_viewer.h"
#include "lift/telemetry/own_metrics.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

// At most so many records between two looks at what else the loop has to do.
constexpr std::size_t kAtOnce = 256;
constexpr Duration kUpkeepEvery = 5s;
// So many polls without a record, and it goes to sleep.
constexpr int kQuietPolls = 20;

void check(Problems& problems, const char* field, Duration value, Duration low, Duration high,
           const char* rule) {
  if (value >= low && value <= high) return;
  problems.add(field, std::to_string(value.count()) + "ns", rule);
}

}  // namespace

Problems ExporterOptions::validate() const {
  Problems problems;
  check(problems, "poll", poll, 1ms, 10s, "must be from 1 ms to 10 s");
  check(problems, "metrics_every", metrics_every, 1s, 1h, "must be from 1 s to 1 h");
  problems.add_all("redaction", redaction.validate());
  return problems;
}

/// The way of a wake from any thread to the exporter's loop. Outlives the exporter where a thread
/// is about to wake it, or where a wake is on its way, when it ends.
class Waking : public std::enable_shared_from_this<Waking> {
 public:
  Waking(Loop& loop, detail::Bell& bell) noexcept : loop_(loop), bell_(&bell) {}

  void from_anywhere() {
    const std::lock_guard lock(mutex_);
    if (bell_ == nullptr || arrival_.self != nullptr) return;
    arrival_.self = shared_from_this();
    loop_.post(arrival_);
  }
  /// On the loop.
  void end() noexcept {
    const std::lock_guard lock(mutex_);
    bell_ = nullptr;
  }

 private:
  struct Arrival final : Posted {
    Arrival() noexcept
        : Posted([](Posted& posted) noexcept { static_cast<Arrival&>(posted).arrive(); }) {}
    void arrive() noexcept {
      std::shared_ptr<Waking> waking;
      detail::Bell* bell = nullptr;
      {
        const std::lock_guard lock(self->mutex_);
        bell = self->bell_;
        waking = std::move(self);
      }
      if (bell != nullptr) bell->ring();
    }
    std::shared_ptr<Waking> self;  // while it is on its way
  };

  std::mutex mutex_;
  Loop& loop_;
  detail::Bell* bell_;
  Arrival arrival_;
};

struct Exporter::Working final : private RecordBuffer::Reader {
  Working(std::shared_ptr<Telemetry> of, Loop& on, const ExporterOptions& given)
      : telemetry(std::move(of)),
        loop(on),
        options(given),
        redactor(Redactor::make(given.redaction).value()),
        viewer(*telemetry, *redactor, given.max_body) {
    telemetry->records().on_wake([to = waking] { to->from_anywhere(); });
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() override {
    telemetry->records().on_wake({});
    waking->end();
  }

  Task<void> gather();
  Task<void> rest();
  Task<void> send_metrics();
  void give_metrics();
  [[nodiscard]] bool wants_metrics() const {
    return std::ranges::any_of(destinations,
                               [](const auto& one) { return one->signal() == Signal::metrics; });
  }
  std::size_t drain(std::size_t most);
  void upkeep(Instant now);
  [[nodiscard]] DestinationStats sum() const;
  [[nodiscard]] std::vector<Observed> losses() const;
  void observe();

  void request(const RequestRead& record) override {
    const WallTime ended = telemetry->wall(record.numbers.start) + record.numbers.duration;
    for (const auto& part : parts) part->exporting(record, ended);
    const RequestView& view = viewer.request(record);
    each([&](Destination& destination) { destination.request(view); });
  }
  void line(const LineReadAlone& record) override {
    const auto [view, within] = viewer.line(record);
    each([&](Destination& destination) { destination.log(view, within); });
  }
  /// One that throws, as where there is no memory, loses its own and keeps nothing from the others.
  template <class Give>
  void each(const Give& give) {
    for (const auto& destination : destinations) {
      try {
        give(*destination);
      } catch (...) {
        telemetry->records().losses().add(destination->signal(), Loss::export_failed);
      }
    }
  }

  const std::shared_ptr<Telemetry> telemetry;
  Loop& loop;
  const ExporterOptions options;
  const std::shared_ptr<const Redactor> redactor;
  detail::RequestViewer viewer;
  std::vector<std::shared_ptr<TelemetryUpkeep>> parts;
  std::vector<std::unique_ptr<Destination>> destinations;
  std::vector<Observation> observations;
  detail::Bell bell;
  detail::Bell metrics_bell;
  const std::shared_ptr<Waking> waking = std::make_shared<Waking>(loop, bell);
  std::vector<Task<void>> tasks;  // they wait at what stands above
  Instant next_upkeep{};
  int quiet = 0;
  bool stopped = false;
};

Exporter::Exporter(std::shared_ptr<Telemetry> telemetry, Loop& loop, const ExporterOptions& options)
    : working_(std::make_unique<Working>(std::move(telemetry), loop, options)) {}

Exporter::~Exporter() { stop(); }

void Exporter::add(std::unique_ptr<Destination> destination) {
  working_->destinations.push_back(std::move(destination));
}

void Exporter::start() {
  Working& working = *working_;
  working.observe();
  for (const auto& destination : working.destinations) {
    working.tasks.push_back(destination->run());
  }
  working.tasks.push_back(working.gather());
  if (working.wants_metrics()) working.tasks.push_back(working.send_metrics());
}

Task<void> Exporter::Working::gather() {
  while (!stopped) {
    const Instant now = loop.clock().now();
    telemetry->synchronise();
    std::size_t count = kAtOnce;
    while (count >= kAtOnce && !stopped) {
      count = drain(kAtOnce);
      if (count >= kAtOnce) {
        co_await bell.until(loop.clock().now());
      }
      quiet = count > 0 ? 0 : quiet + 1;
    }
    if (now >= next_upkeep) upkeep(now);
    if (!stopped) co_await rest();
  }
}

/// Waits for the next look. When nothing has come for a while, records wake it from now on; it
/// looks once more a moment later, for one that was written just then, and sleeps.
Task<void> Exporter::Working::rest() {
  // A flush may have taken the record that woke: then the next one would not wake any more.
  if (quiet > kQuietPolls && !telemetry->records().asleep()) quiet = 0;
  const bool asleep = quiet > kQuietPolls;
  if (quiet == kQuietPolls) telemetry->records().sleep();
  co_await bell.until(asleep ? kNever : loop.clock().now() + options.poll);
  if (asleep) quiet = 0;
}

std::size_t Exporter::Working::drain(std::size_t most) {
  parts = telemetry->parts();
  return telemetry->records().drain(*this, most);
}

void Exporter::Working::upkeep(Instant now) {
  next_upkeep = now + kUpkeepEvery;
  for (const auto& part : parts) part->upkeep(now);
}

Task<void> Exporter::Working::send_metrics() {
  while (!stopped) {
    co_await metrics_bell.until(loop.clock().now() + options.metrics_every);
    if (!stopped) give_metrics();
  }
}

void Exporter::Working::give_metrics() {
  const MetricSnapshot snapshot = telemetry->metrics().snapshot(loop.clock().wall());
  for (const auto& destination : destinations) destination->metrics(snapshot);
}

DestinationStats Exporter::Working::sum() const {
  DestinationStats all;
  for (const auto& destination : destinations) all += destination->stats();
  return all;
}

std::vector<Observed> Exporter::Working::losses() const {
  std::vector<Observed> all;
  for (std::size_t s = 0; s < kSignals; ++s) {
    const auto signal = static_cast<Signal>(s);
    for (std::size_t l = 0; l < kLosses; ++l) {
      const auto loss = static_cast<Loss>(l);
      std::uint64_t count = telemetry->records().losses().count(signal, loss);
      for (const auto& one : destinations) {
        if (one->signal() == signal) count += one->stats().dropped_for(loss);
      }
      all.push_back({{std::string(to_string(signal)), std::string(to_string(loss))},
                     static_cast<double>(count)});
    }
  }
  return all;
}

void Exporter::Working::observe() {
  observations.push_back(
      telemetry->metrics().observe(own_metric::kDropped.kind, own_metric::kDropped.options(),
                                   own_metric::kDropped.labels, [this] { return losses(); }));
  observations.push_back(telemetry->metrics().observe(
      own_metric::kExported.kind, own_metric::kExported.options(), own_metric::kExported.labels,
      [this] {
        std::vector<Observed> all;
        for (const auto& one : destinations) {
          all.push_back({{std::string(to_string(one->signal())), std::string(one->name())},
                         static_cast<double>(one->stats().delivered)});
        }
        return all;
      }));
}

Task<FlushReport> Exporter::flush(Instant deadline) {
  Working& working = *working_;
  const DestinationStats before = working.sum();
  working.telemetry->synchronise();
  (void)working.drain(SIZE_MAX);
  if (working.wants_metrics()) working.give_metrics();
  std::vector<Task<void>> flushing;
  for (const auto& destination : working.destinations) {
    flushing.push_back(destination->flush(deadline));
  }
  for (Task<void>& one : flushing) co_await one;
  const DestinationStats after = working.sum();
  co_return FlushReport{.flushed = after.delivered - before.delivered,
                        .dropped = after.dropped - before.dropped,
                        .pending = after.pending};
}

void Exporter::reopen() {
  for (const auto& destination : working_->destinations) destination->reopen();
}

void Exporter::stop() noexcept {
  Working& working = *working_;
  if (std::exchange(working.stopped, true)) return;
  working.observations.clear();
  for (const auto& destination : working.destinations) destination->stop();
  working.bell.ring();
  working.metrics_bell.ring();
}

std::vector<Observed> Exporter::losses() const { return working_->losses(); }

std::vector<Exporter::Health> Exporter::health() const {
  std::vector<Health> all;
  for (const auto& one : working_->destinations) {
    all.push_back({.destination = std::string(one->name()),
                   .signal = one->signal(),
                   .stats = one->stats(),
                   .problem = std::string(one->problem())});
  }
  return all;
}

}  // namespace lift
