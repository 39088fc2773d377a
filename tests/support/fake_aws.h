#pragma once
// CloudWatch Logs, CloudWatch and X-Ray on virtual time, which hold to their published limits.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lift/http/json.h"
#include "lift/http/target.h"
#include "tests/support/fake_collector.h"

namespace lift::test {

inline ClientResponse aws_error(int status, const std::string& code) {
  return answer(status, R"({"__type":"com.amazonaws#)" + code + R"(","message":"as it is"})");
}

struct FakeLogEvent {
  std::int64_t timestamp = 0;
  std::string message;
  static void describe(Fields<FakeLogEvent>& f) {
    f.field("timestamp", &FakeLogEvent::timestamp);
    f.field("message", &FakeLogEvent::message).min_length(1).max_length(1'048'576);
  }
};
struct FakePutLogEvents {
  std::string group;
  std::string stream;
  std::vector<FakeLogEvent> events;
  static void describe(Fields<FakePutLogEvents>& f) {
    f.field("logGroupName", &FakePutLogEvents::group);
    f.field("logStreamName", &FakePutLogEvents::stream);
    f.field("logEvents", &FakePutLogEvents::events).max_items(10'000);
  }
};
struct FakeCreateLog {
  std::string group;
  std::optional<std::string> stream;
  static void describe(Fields<FakeCreateLog>& f) {
    f.field("logGroupName", &FakeCreateLog::group);
    f.field("logStreamName", &FakeCreateLog::stream);
  }
};

class FakeCloudWatchLogs {
 public:
  explicit FakeCloudWatchLogs(FakeTransport& net) {
    net.always = [this](const ClientRequest& request) { return serve(request); };
  }
  std::set<std::string> groups;
  std::set<std::string> streams;      ///< "group stream"
  std::vector<std::string> messages;  ///< that were taken, in their order
  std::vector<std::size_t> batches;   ///< how many events each held
  std::string refusal;                ///< why a batch was not valid
  Duration create_takes{0};

 private:
  Task<Result<ClientResponse>> serve(const ClientRequest& request) {
    const std::string_view target = request.headers.value("x-amz-target");
    if (request.headers.value("content-type") != "application/x-amz-json-1.1") {
      co_return refuse("content-type");
    }
    if (target == "Logs_20140328.PutLogEvents") co_return put(request.body);
    if (create_takes > Duration::zero()) co_await sleep(create_takes);
    if (target == "Logs_20140328.CreateLogGroup") co_return create(request.body, false);
    if (target == "Logs_20140328.CreateLogStream") co_return create(request.body, true);
    co_return refuse("target");
  }
  ClientResponse refuse(std::string why) {
    refusal = std::move(why);
    return aws_error(400, "InvalidParameterException");
  }
  ClientResponse create(const std::string& body, bool stream) {
    const auto request = from_json<FakeCreateLog>(body);
    if (!request || request->stream.has_value() != stream) return refuse("create");
    if (stream && !groups.contains(request->group)) {
      return aws_error(400, "ResourceNotFoundException");
    }
    std::set<std::string>& all = stream ? streams : groups;
    const std::string name = request->group + (stream ? " " + *request->stream : "");
    const bool made = all.insert(name).second;
    return made ? answer(200) : aws_error(400, "ResourceAlreadyExistsException");
  }
  ClientResponse put(const std::string& body) {
    const auto request = from_json<FakePutLogEvents>(body);
    if (!request) return refuse("body");
    if (!streams.contains(request->group + " " + request->stream)) {
      return aws_error(400, "ResourceNotFoundException");
    }
    const std::vector<FakeLogEvent>& events = request->events;
    if (events.empty()) return refuse("no events");
    std::size_t bytes = 0;
    for (const FakeLogEvent& event : events) bytes += event.message.size() + 26;
    if (bytes > 1'048'576) return refuse("bytes");
    if (!std::ranges::is_sorted(events, {}, &FakeLogEvent::timestamp)) return refuse("order");
    if (events.back().timestamp - events.front().timestamp > 24 * 3'600'000) return refuse("span");
    batches.push_back(events.size());
    return take(events);
  }
  ClientResponse take(const std::vector<FakeLogEvent>& events) {
    using std::chrono::milliseconds;
    const WallTime wall = Loop::current().clock().wall();
    const auto now = std::chrono::floor<milliseconds>(wall).time_since_epoch().count();
    constexpr std::int64_t kHour = 3'600'000;
    std::size_t old = 0;
    std::size_t fresh = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].timestamp < now - 14 * 24 * kHour) old = i + 1;
      if (events[i].timestamp > now + 2 * kHour) fresh = std::min(fresh, i);
    }
    for (std::size_t i = old; i < fresh; ++i) messages.push_back(events[i].message);
    if (old == 0 && fresh == events.size()) return answer(200, "{}");
    std::string info = R"({"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":)";
    info += std::to_string(old);
    if (fresh < events.size()) info += R"(,"tooNewLogEventStartIndex":)" + std::to_string(fresh);
    return answer(200, info + "}}");
  }
};

class FakeCloudWatch {
 public:
  explicit FakeCloudWatch(FakeTransport& net) {
    net.always = [this](const ClientRequest& request) -> Task<Result<ClientResponse>> {
      co_return judge(request);
    };
  }
  std::size_t datums = 0;
  /// "name{dimension=value,…}" and how many measurements it had.
  std::map<std::string, double> counts;
  std::string refusal;

 private:
  using Form = std::map<std::string, std::string>;

  ClientResponse judge(const ClientRequest& request) {
    const bool gzip = request.headers.value("content-encoding") == "gzip";
    const std::string body = gzip ? gunzipped(request.body) : request.body;
    const Form form = parse(body);
    if (body.size() > 1'000'000) return refuse("size");
    if (!request.headers.value("content-type").starts_with("application/x-www-form-urlencoded")) {
      return refuse("content-type");
    }
    if (value(form, "Action") != "PutMetricData" || value(form, "Version") != "2010-08-01") {
      return refuse("action");
    }
    if (value(form, "Namespace").empty()) return refuse("namespace");
    std::size_t n = 0;
    while (form.contains(member(n + 1) + "MetricName")) {
      if (!take(form, member(++n))) return refuse("datum " + std::to_string(n));
    }
    if (n == 0 || n > 1000) return refuse("datums");
    datums += n;
    return answer(200, "<PutMetricDataResponse/>");
  }
  ClientResponse refuse(std::string why) {
    refusal = std::move(why);
    return answer(400,
                  "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameterValue</Code>"
                  "</Error></ErrorResponse>");
  }
  static std::string member(std::size_t n) {
    return "MetricData.member." + std::to_string(n) + ".";
  }
  static std::string value(const Form& form, const std::string& name) {
    const auto found = form.find(name);
    return found == form.end() ? "" : found->second;
  }
  static Form parse(std::string_view body) {
    Form form;
    while (!body.empty()) {
      const std::size_t end = std::min(body.find('&'), body.size());
      const std::string_view pair = body.substr(0, end);
      body.remove_prefix(std::min(end + 1, body.size()));
      const std::size_t equals = std::min(pair.find('='), pair.size() - 1);
      form.emplace(percent_decode(pair.substr(0, equals), true).value_or("?"),
                   percent_decode(pair.substr(equals + 1), true).value_or("?"));
    }
    return form;
  }
  bool take(const Form& form, const std::string& prefix) {
    std::string key = value(form, prefix + "MetricName");
    if (key.empty() || key.size() > 255) return false;
    char separator = '{';
    for (std::size_t i = 1;; ++i) {
      const std::string at = prefix + "Dimensions.member." + std::to_string(i) + ".";
      if (!form.contains(at + "Name")) break;
      if (i > 30 || value(form, at + "Name").empty() || value(form, at + "Value").empty()) {
        return false;
      }
      key += separator + value(form, at + "Name") + "=" + value(form, at + "Value");
      separator = ',';
    }
    std::size_t values = 0;
    double measured = 0;
    while (form.contains(prefix + "Values.member." + std::to_string(values + 1))) {
      const std::string i = std::to_string(++values);
      const auto count = number(value(form, prefix + "Counts.member." + i));
      if (!number(value(form, prefix + "Values.member." + i))) return false;
      if (!count || *count <= 0) return false;
      measured += *count;
    }
    const auto plain = number(value(form, prefix + "Value"));
    if (values > 150 || plain.has_value() == (values > 0)) return false;
    counts[key + "}"] += plain ? 1 : measured;
    return true;
  }
  static std::optional<double> number(std::string_view text) {
    double out = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool whole = error == std::errc{} && at == text.data() + text.size();
    if (!whole || !std::isfinite(out) || std::abs(out) > std::exp2(360)) return std::nullopt;
    return out;
  }
};

struct FakePutTraceSegments {
  std::vector<std::string> documents;
  static void describe(Fields<FakePutTraceSegments>& f) {
    f.field("TraceSegmentDocuments", &FakePutTraceSegments::documents)
        .max_length(64'000)
        .max_items(50);
  }
};
struct FakeSegment {
  std::string id;
  std::string trace_id;
  std::string name;
  double start_time = 0;
  double end_time = 0;
  static void describe(Fields<FakeSegment>& f) {
    f.ignore_others();
    f.field("id", &FakeSegment::id).min_length(16).max_length(16);
    f.field("trace_id", &FakeSegment::trace_id).min_length(35).max_length(35);
    f.field("name", &FakeSegment::name).min_length(1).max_length(200);
    f.field("start_time", &FakeSegment::start_time).min(1);
    f.field("end_time", &FakeSegment::end_time).min(1);
  }
};

class FakeXray {
 public:
  explicit FakeXray(FakeTransport& net) {
    net.always = [this](const ClientRequest& request) -> Task<Result<ClientResponse>> {
      co_return judge(request);
    };
  }
  std::vector<std::size_t> batches;
  std::vector<std::string> ids;  ///< of the documents that were taken
  std::string refusal;
  std::vector<std::string> unprocessed;  ///< codes for the first documents of the next call

 private:
  ClientResponse judge(const ClientRequest& request) {
    if (request.url.target != "/TraceSegments") return refuse("path");
    const auto put = from_json<FakePutTraceSegments>(request.body);
    if (!put || put->documents.empty()) return refuse("body");
    std::string left;
    batches.push_back(put->documents.size());
    for (const std::string& document : put->documents) {
      const auto segment = from_json<FakeSegment>(document);
      if (!segment) return refuse("document");
      if (unprocessed.empty()) {
        ids.push_back(segment->id);
        continue;
      }
      left += std::string(left.empty() ? "" : ",") + R"({"Id":")" + segment->id;
      left += R"(","ErrorCode":")" + unprocessed.front() + R"(","Message":"no"})";
      unprocessed.erase(unprocessed.begin());
    }
    return answer(200, R"({"UnprocessedTraceSegments":[)" + left + "]}");
  }
  ClientResponse refuse(std::string why) {
    refusal = std::move(why);
    return aws_error(400, "InvalidRequestException");
  }
};

}  // namespace lift::test
