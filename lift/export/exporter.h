#pragma once
// Takes what a service has recorded and gives it to its destinations, away from its requests.
//
// While records come it empties their buffer every few milliseconds; when none have come for a
// while it sleeps until the next. Metrics go out in a fixed rhythm, and only if a destination wants
// them.
// Thread-safety: belongs to one loop, but for stats().
// Cost: the CPU of rendering, about 500 ns a request with one line of log; asleep when idle.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lift/base/error.h"
#include "lift/base/loop.h"
#include "lift/base/task.h"
#include "lift/export/destination.h"
#include "lift/telemetry/metrics.h"
#include "lift/telemetry/redaction.h"
#include "lift/telemetry/telemetry.h"

namespace lift {

struct ExporterOptions {
  /// How often records are looked for while some come: 1 ms to 10 s.
  Duration poll = std::chrono::milliseconds(50);
  /// How often metrics are given to the destinations that send them: 1 s to 1 h.
  Duration metrics_every = std::chrono::seconds(60);
  /// The most bytes that are shown of a body, whatever the layer allows.
  std::size_t max_body = 16'384;
  RedactorOptions redaction{};

  [[nodiscard]] Problems validate() const;
};

/// What a flush came to, in lines, spans and points of all destinations.
struct FlushReport {
  std::uint64_t flushed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;  ///< not done when its time was up
};

class Exporter {
 public:
  /// `options` must be valid. `loop` must be the one it is used on.
  Exporter(std::shared_ptr<Telemetry> telemetry, Loop& loop, const ExporterOptions& options);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  /// stop().
  ~Exporter();

  /// Before start().
  void add(std::unique_ptr<Destination> destination);
  /// Begins; call once.
  void start();
  /// Waits until all that was recorded before is delivered or dropped, or `deadline` has come.
  /// Gives the metrics of this moment, too.
  Task<FlushReport> flush(Instant deadline);
  /// Makes destinations open their files anew.
  void reopen();
  /// Ends without waiting; what is still queued is dropped, and counted.
  void stop() noexcept;

  struct Health {
    std::string destination;
    Signal signal = Signal::logs;
    DestinationStats stats;
    std::string problem;  ///< of its last attempt; "" while all is well
  };
  /// How each destination fares. On the loop.
  [[nodiscard]] std::vector<Health> health() const;
  /// What was lost since the start, by signal and reason, zeros included. On the loop.
  [[nodiscard]] std::vector<Observed> losses() const;

 private:
  struct Working;
  std::unique_ptr<Working> working_;
};

}  // namespace lift
