#pragma once
// The destination cloudwatch.logs: log lines to Amazon CloudWatch Logs by PutLogEvents.
//
// Batches within the service's limits, in order of time. A group or stream that does not exist is
// created by the way, while lines wait in the queue. What the service rejects of a batch is
// counted. Throttling and 5xx are repeated; sequence tokens are not used, as the service has
// ignored them since 2023.
// Thread-safety: belongs to one loop, but for stats().
// Cost: a line about 250 ns to encode and 20 ns to queue; one request a batch.

#include <memory>
#include <string>

#include "lift/export/batch_sender.h"
#include "lift/export/destination.h"
#include "lift/export/line_sink.h"
#include "lift/http/transport.h"
#include "lift/telemetry/log_line.h"
#include "lift/telemetry/resource.h"

namespace lift {

struct CloudWatchLogsOptions {
  std::string group;   ///< 1 to 512 of letters, digits and `. - _ / #`
  std::string stream;  ///< 1 to 512 bytes without `:` and `*`; one an instance
  /// Whether a group or stream that is missing is created.
  bool create_missing = true;
  /// Bytes of an event; a longer one is dropped as `oversize`: 1 KiB to 1,048,550.
  std::size_t event_cap = 256 * 1024 - 26;
  LogLineOptions line;
  SenderOptions sender;

  [[nodiscard]] Problems validate() const;
};

class CloudWatchLogs final : public Destination, public LineSink {
 public:
  /// `endpoint` such as https://logs.eu-west-1.amazonaws.com/; `transport` signs for the service
  /// `logs` and must outlive it. Error `bad_configuration`.
  static Result<std::unique_ptr<CloudWatchLogs>> make(const CloudWatchLogsOptions& options,
                                                      const Resource& resource, Url endpoint,
                                                      HttpTransport& transport);
  ~CloudWatchLogs() override;

  [[nodiscard]] std::string_view name() const noexcept override { return "cloudwatch.logs"; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::logs; }
  void request(const RequestView& request) override;
  void log(const LogView& line, const RequestView* within) override;
  /// A line of another's making, such as a document of the Embedded Metric Format.
  void line(std::string_view bytes, LogLevel level) override;

  Task<void> run() override;
  Task<void> flush(Instant deadline) override;
  void stop() noexcept override;
  [[nodiscard]] DestinationStats stats() const noexcept override;
  [[nodiscard]] std::string_view problem() const noexcept override;

 private:
  struct Sending;
  explicit CloudWatchLogs(std::unique_ptr<Sending> sending) noexcept;
  void push(std::string_view bytes, WallTime time, LogLevel level);
  std::unique_ptr<Sending> sending_;
};

}  // namespace lift
