#include "lift/export/cloudwatch_logs.h"

#include <utility>
#include <vector>

#include "lift/base/json_writer.h"
#include "lift/base/loop.h"
#include "lift/export/aws_answer.h"
#include "lift/export/http_carrier.h"
#include "lift/http/json.h"
#include "lift/telemetry/put_log_events.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct RejectedInfo {
  std::optional<std::uint64_t> too_new_start;
  std::optional<std::uint64_t> too_old_end;
  std::optional<std::uint64_t> expired_end;
  static void describe(Fields<RejectedInfo>& f) {
    f.ignore_others();
    f.field("tooNewLogEventStartIndex", &RejectedInfo::too_new_start);
    f.field("tooOldLogEventEndIndex", &RejectedInfo::too_old_end);
    f.field("expiredLogEventEndIndex", &RejectedInfo::expired_end);
  }
};
struct PutAnswer {
  std::optional<RejectedInfo> rejected;
  static void describe(Fields<PutAnswer>& f) {
    f.ignore_others();
    f.field("rejectedLogEventsInfo", &PutAnswer::rejected);
  }
};

/// How many of `events` an answer says were rejected.
std::size_t rejected_of(std::string_view body, std::size_t events) {
  const auto answer = from_json<PutAnswer>(body);
  if (!answer || !answer->rejected) return 0;
  const RejectedInfo& info = *answer->rejected;
  return RejectedLogEvents{.too_new_start = info.too_new_start,
                           .too_old_end = info.too_old_end,
                           .expired_end = info.expired_end}
      .count(events);
}

class LogsCarrier final : public BatchCarrier {
 public:
  LogsCarrier(PutLogEventsOptions put, bool create_missing, Url url, HttpTransport& transport)
      : put_(std::move(put)),
        create_missing_(create_missing),
        url_(std::move(url)),
        transport_(transport) {}

  Task<SendResult> carry(const Batch& batch, Instant deadline) override {
    const WallTime now = Loop::current().clock().wall();
    std::vector<LogEvent> events;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      events.push_back({.time = batch.time(i), .message = batch.entry(i)});
    }
    PutLogEvents put = put_log_events(put_, events, now);
    SendResult all;
    all.rejected = put.drops.too_old + put.drops.too_new + put.drops.too_large + put.drops.empty;
    bool first = true;
    // The queue's batches are within the limits, so there is one body, or none.
    for (PutLogEvents::Body& body : put.bodies) {
      const SendResult one = co_await send(std::move(body.text), body.events, deadline);
      if (one.kind == SendResult::Kind::delivered) {
        all.rejected += one.rejected;
      } else if (first) {
        co_return one;
      } else {
        all.rejected += body.events;
      }
      all.problem = one.problem;
      first = false;
    }
    co_return all;
  }

 private:
  Task<SendResult> send(std::string body, std::size_t events, Instant deadline) {
    SendResult result;
    Result<ClientResponse> response = co_await call("PutLogEvents", body, deadline);
    if (response && create_missing_ && aws_error_code(*response) == "ResourceNotFoundException") {
      result = co_await create(deadline);
      if (result.kind != SendResult::Kind::delivered) co_return result;
      response = co_await call("PutLogEvents", body, deadline);
    }
    if (!response) co_return judge_error(response.error());
    // An attempt before this one got there, and its answer did not come back.
    if (aws_error_code(*response) == "DataAlreadyAcceptedException") co_return result;
    result = judge_aws(*response, Loop::current().clock().wall());
    if (result.kind == SendResult::Kind::delivered) {
      result.rejected = rejected_of(response->body, events);
      if (result.rejected > 0) result.problem = "events too old or too new";
    }
    co_return result;
  }

  Task<SendResult> create(Instant deadline) {
    std::string body;
    JsonWriter(body).begin_object().member("logGroupName", put_.group).end_object();
    SendResult result = co_await create_one("CreateLogGroup", body, deadline);
    if (result.kind != SendResult::Kind::delivered) co_return result;
    body.clear();
    JsonWriter(body)
        .begin_object()
        .member("logGroupName", put_.group)
        .member("logStreamName", put_.stream)
        .end_object();
    co_return co_await create_one("CreateLogStream", body, deadline);
  }

  Task<SendResult> create_one(std::string_view action, std::string body, Instant deadline) {
    const Result<ClientResponse> response = co_await call(action, body, deadline);
    if (!response) co_return judge_error(response.error());
    SendResult result;
    // Another instance was quicker.
    const std::string code = aws_error_code(*response);
    if (code != "ResourceAlreadyExistsException") {
      result = judge_aws(*response, Loop::current().clock().wall());
    }
    // Two instances that create the same at one time disturb each other.
    if (code == "OperationAbortedException") result.kind = SendResult::Kind::retry;
    co_return result;
  }

  Task<Result<ClientResponse>> call(std::string_view action, const std::string& body,
                                    Instant deadline) {
    ClientRequest request("POST", url_);
    request.headers.set("content-type", "application/x-amz-json-1.1");
    request.headers.set("x-amz-target", "Logs_20140328." + std::string(action));
    request.body = body;
    request.deadline = deadline;
    co_return co_await transport_.send(request);
  }

  PutLogEventsOptions put_;
  bool create_missing_;
  Url url_;
  HttpTransport& transport_;
};

PutLogEventsOptions put_options(const CloudWatchLogsOptions& options) {
  return {.group = options.group, .stream = options.stream, .event_cap = options.event_cap};
}

}  // namespace

struct CloudWatchLogs::Sending {
  Sending(const CloudWatchLogsOptions& options, const Resource& resource, Url endpoint,
          HttpTransport& transport)
      : encoder(resource, options.line),
        carrier(put_options(options), options.create_missing, std::move(endpoint), transport),
        sender(options.sender,
               {.max_items = 10'000,
                .max_bytes = 1'048'576,
                .entry_overhead = 26,
                .max_entry_bytes = options.event_cap,
                .max_span = 24h - 1ms},
               carrier) {}
  LogLineEncoder encoder;
  LogsCarrier carrier;
  BatchSender sender;
  std::string scratch;
};

Problems CloudWatchLogsOptions::validate() const {
  Problems problems = put_options(*this).validate();
  problems.add_all("line", line.validate());
  problems.add_all("sender", sender.validate());
  return problems;
}

Result<std::unique_ptr<CloudWatchLogs>> CloudWatchLogs::make(const CloudWatchLogsOptions& options,
                                                             const Resource& resource, Url endpoint,
                                                             HttpTransport& transport) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  auto sending = std::make_unique<Sending>(options, resource, std::move(endpoint), transport);
  return std::unique_ptr<CloudWatchLogs>(new CloudWatchLogs(std::move(sending)));
}

CloudWatchLogs::CloudWatchLogs(std::unique_ptr<Sending> sending) noexcept
    : sending_(std::move(sending)) {}
CloudWatchLogs::~CloudWatchLogs() = default;

void CloudWatchLogs::request(const RequestView& request) {
  for (const LogView& line : request.logs) log(line, &request);
  if (!request.logged) return;
  sending_->encoder.request(sending_->scratch, request);
  push(sending_->scratch, request.start + request.duration, request.level);
}

void CloudWatchLogs::log(const LogView& line, const RequestView* within) {
  if (within == nullptr) {
    sending_->encoder.program(sending_->scratch, line);
  } else {
    sending_->encoder.program(sending_->scratch, line, *within);
  }
  push(sending_->scratch, line.time, line.level);
}

void CloudWatchLogs::line(std::string_view bytes, LogLevel level) {
  push(bytes, Loop::current().clock().wall(), level);
}

void CloudWatchLogs::push(std::string_view bytes, WallTime time, LogLevel level) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  sending_->sender.push(bytes, time, level >= LogLevel::warn);
  sending_->scratch.clear();
}

Task<void> CloudWatchLogs::run() { return sending_->sender.run(); }
Task<void> CloudWatchLogs::flush(Instant deadline) { co_await sending_->sender.flush(deadline); }
void CloudWatchLogs::stop() noexcept { sending_->sender.stop(); }
DestinationStats CloudWatchLogs::stats() const noexcept { return sending_->sender.stats(); }
std::string_view CloudWatchLogs::problem() const noexcept { return sending_->sender.problem(); }

}  // namespace lift
