#include "lift/export/otlp_destination.h"

#include <charconv>
#include <string>
#include <utility>

#include "lift/base/loop.h"
#include "lift/export/http_carrier.h"
#include "lift/http/json.h"
#include "lift/telemetry/otlp_response.h"

namespace lift {
namespace {

/// CloudWatch takes 5 MB and a collector 20 MiB, uncompressed.
constexpr std::size_t kMostBytes = 4'000'000;
/// Of one snapshot's points, which cannot be divided here.
constexpr std::size_t kMostMetricBytes = 12'000'000;

BatchLimits limits_of(Signal signal) noexcept {
  if (signal == Signal::metrics) {
    return {.max_entries = 1, .max_bytes = kMostMetricBytes, .max_entry_bytes = kMostMetricBytes};
  }
  return {.max_bytes = kMostBytes, .max_entry_bytes = 1'000'000};
}

/// Int64, for which JSON's mapping of protobuf writes text and reads numbers as well.
template <class Count>
struct JsonPartial {
  std::optional<Count> spans;
  std::optional<Count> records;
  std::optional<Count> points;
  std::optional<std::string> message;
  static void describe(Fields<JsonPartial>& f) {
    f.ignore_others();
    f.field("rejectedSpans", &JsonPartial::spans);
    f.field("rejectedLogRecords", &JsonPartial::records);
    f.field("rejectedDataPoints", &JsonPartial::points);
    f.field("errorMessage", &JsonPartial::message);
  }
};

template <class Count>
struct JsonAnswer {
  std::optional<JsonPartial<Count>> partial;
  static void describe(Fields<JsonAnswer>& f) {
    f.ignore_others();
    f.field("partialSuccess", &JsonAnswer::partial);
  }
};

std::uint64_t count_of(const std::optional<std::string>& text) noexcept {
  std::uint64_t count = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), count);
  return count;
}
std::uint64_t count_of(const std::optional<std::uint64_t>& count) noexcept {
  return count.value_or(0);
}

template <class Count>
std::optional<OtlpPartialSuccess> parse_json_answer(std::string_view body) {
  const auto answer = from_json<JsonAnswer<Count>>(body);
  if (!answer) return std::nullopt;
  if (!answer->partial) return OtlpPartialSuccess{};
  const auto& partial = *answer->partial;
  return OtlpPartialSuccess{
      .rejected = count_of(partial.spans) + count_of(partial.records) + count_of(partial.points),
      .message = partial.message.value_or("")};
}

/// An answer that cannot be read says nothing of rejections.
OtlpPartialSuccess parse_answer(OtlpFormat format, std::string_view body) {
  if (format == OtlpFormat::protobuf) {
    return parse_otlp_response(body).value_or(OtlpPartialSuccess{});
  }
  if (auto answer = parse_json_answer<std::string>(body)) return *std::move(answer);
  return parse_json_answer<std::uint64_t>(body).value_or(OtlpPartialSuccess{});
}

class OtlpCarrier final : public HttpCarrier {
 public:
  OtlpCarrier(Signal signal, OtlpFormat format, const OtlpEncoder& encoder,
              HttpTransport& transport, HttpTarget target)
      : HttpCarrier(transport, std::move(target)),
        signal_(signal),
        format_(format),
        encoder_(encoder) {}

 private:
  void write_body(const Batch& batch, std::string& out) override {
    // A snapshot is a whole request already.
    if (signal_ == Signal::metrics) return void(out = batch.bytes());
    std::string joined;
    std::string_view items = batch.bytes();
    if (format_ == OtlpFormat::json) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (i > 0) joined += ',';
        joined += batch.entry(i);
      }
      items = joined;
    }
    if (signal_ == Signal::traces) return encoder_.trace_request(out, items);
    encoder_.log_request(out, items);
  }

  SendResult judge(const ClientResponse& response, const Batch&) override {
    const int status = response.status;
    if (status == 429 || status == 502 || status == 503 || status == 504) {
      return retry_later(response, Loop::current().clock().wall());
    }
    if (status < 200 || status > 299) return refused(response);
    OtlpPartialSuccess partial = parse_answer(format_, response.body);
    SendResult result;
    result.rejected = partial.rejected;
    result.problem = std::move(partial.message);
    return result;
  }

  Signal signal_;
  OtlpFormat format_;
  const OtlpEncoder& encoder_;
};

std::string_view name_of(Signal signal) noexcept {
  switch (signal) {
    case Signal::logs:
      return "otlp.logs";
    case Signal::traces:
      return "otlp.traces";
    case Signal::metrics:
      break;
  }
  return "otlp.metrics";
}

class OtlpDestination final : public Destination {
 public:
  OtlpDestination(Signal signal, const OtlpDestinationOptions& options, const Resource& resource,
                  HttpTransport& transport, HttpTarget target)
      : signal_(signal),
        encoder_(resource, {.format = options.format, .value_cap = options.value_cap}),
        carrier_(signal, options.format, encoder_, transport, std::move(target)),
        sender_(options.sender, limits_of(signal), carrier_) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_of(signal_); }
  [[nodiscard]] Signal signal() const noexcept override { return signal_; }

  void request(const RequestView& request) override {
    if (signal_ == Signal::metrics) return;
    const std::size_t items = signal_ == Signal::traces ? encoder_.spans(scratch_, request)
                                                        : encoder_.logs(scratch_, request);
    push(items, request.start, request.failed || request.level >= LogLevel::warn);
  }
  void log(const LogView& line, const RequestView* within) override {
    if (signal_ != Signal::logs) return;
    push(within == nullptr ? encoder_.logs(scratch_, line) : log_within(line, *within), line.time,
         line.level >= LogLevel::warn);
  }
  void metrics(const MetricSnapshot& snapshot) override {
    if (signal_ != Signal::metrics) return;
    push(encoder_.metric_request(scratch_, snapshot), snapshot.time, false);
  }

  Task<void> run() override { return sender_.run(); }
  Task<void> flush(Instant deadline) override { co_await sender_.flush(deadline); }
  void stop() noexcept override { sender_.stop(); }
  [[nodiscard]] DestinationStats stats() const noexcept override { return sender_.stats(); }
  [[nodiscard]] std::string_view problem() const noexcept override { return sender_.problem(); }

 private:
  /// The line alone, with the ids of its request.
  std::size_t log_within(const LogView& line, RequestView request) {
    request.logged = false;
    request.logs = {&line, 1};
    return encoder_.logs(scratch_, request);
  }
  void push(std::size_t items, WallTime time, bool important) {
    if (items > 0) sender_.push(scratch_, time, important, static_cast<std::uint32_t>(items));
    scratch_.clear();
  }

  Signal signal_;
  OtlpEncoder encoder_;
  OtlpCarrier carrier_;
  BatchSender sender_;
  std::string scratch_;  // one entry, as it is encoded
};

}  // namespace

Result<std::unique_ptr<Destination>> make_otlp_destination(Signal signal,
                                                           const OtlpDestinationOptions& options,
                                                           const Resource& resource,
                                                           HttpTransport& transport) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  HttpTarget target{
      .url = *Url::parse(options.endpoint), .headers = options.headers, .gzip = options.gzip};
  const bool json = options.format == OtlpFormat::json;
  target.headers.emplace_back("content-type", json ? "application/json" : "application/x-protobuf");
  return std::make_unique<OtlpDestination>(signal, options, resource, transport, std::move(target));
}

}  // namespace lift
