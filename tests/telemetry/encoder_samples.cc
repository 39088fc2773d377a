// Writes what Lift's encoders make of a sample request and a sample snapshot into the folder that
// it is given, for scripts that decode it with code that is not ours.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "lift/telemetry/cloudwatch_view.h"
#include "lift/telemetry/emf.h"
#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/telemetry/otlp.h"
#include "lift/telemetry/put_log_events.h"
#include "lift/telemetry/put_metric_data.h"
#include "lift/telemetry/xray_segment.h"

namespace lift {
namespace {

class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  void write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << content;
  }

 private:
  std::string path_;
};

void write_otlp(const Folder& folder, OtlpFormat format, const std::string& ending) {
  const SampleRequest sample;
  const OtlpEncoder otlp(sample_resource(), {.format = format});
  std::string batch;
  std::string body;
  otlp.spans(batch, sample.view);
  RequestView failed;
  failed.start = kNoon;
  failed.trace = sample.view.trace;
  failed.span = sample.view.parent;
  failed.kept = Kept::error;
  failed.method = "BREW";
  failed.matched = false;
  failed.operation = "unmatched";
  failed.path = "/caf\xe9";
  failed.version_minor = 0;
  failed.status = 503;
  failed.failed = true;
  failed.error_type = "503";
  otlp.spans(batch, failed);
  otlp.trace_request(body, batch);
  folder.write("traces." + ending, body);

  batch.clear();
  body.clear();
  otlp.logs(batch, sample.view);
  otlp.logs(batch, LogView{.time = kNoon, .module = "app", .message = "started"});
  otlp.log_request(body, batch);
  folder.write("logs." + ending, body);

  body.clear();
  otlp.metric_request(body, sample_snapshot());
  folder.write("metrics." + ending, body);
}

// Requests of every kind of outcome, half of them with hostile text.
template <class Visit>
void for_samples(const Visit& visit) {
  const std::string hostile = "\"}\n{\\\xff\x01\xc3\xa4" + std::string(9000, 'x');
  for (const int status : {0, 200, 302, 404, 429, 500, 503}) {
    for (const bool odd : {false, true}) {
      SampleRequest sample;
      sample.view.status = status;
      sample.view.failed = status == 0 || status >= 500;
      if (sample.view.failed) sample.view.error_type = "500";
      if (sample.view.failed) sample.view.error_message = hostile;
      if (odd) {
        sample.view.tenant = sample.view.user = {};
        sample.view.path = sample.view.user_agent = hostile;
        sample.view.parent = {};
        sample.fields[0] = field(hostile, hostile);
        sample.spans[0].name = hostile;
      }
      visit(sample.view);
    }
  }
}

void write_aws(const Folder& folder) {
  const Resource resource = sample_resource();
  const EmfEncoder emf(resource);
  std::string lines;
  std::vector<std::string> documents;
  for_samples([&](const RequestView& view) {
    emf.request(lines, view);
    for (std::string& document : XraySegmentEncoder(resource).documents(view))
      documents.push_back(std::move(document));
  });
  std::vector<CloudWatchSeries> series = cloudwatch_view(sample_snapshot(), resource);
  for (int i = 0; i < 250; ++i)
    series.push_back({"m" + std::to_string(i), CloudWatchUnit::count, {}, {{0.1, 170}, {1e9, 1}}});
  for (int i = 0; i < 400; ++i) series.back().values.push_back({2.5 * i, 2});
  emf.periodic(lines, series, kNoon);
  folder.write("emf.jsonl", lines);
  folder.write("xray.json", put_trace_segments(documents).front());
  folder.write("metrics.form", put_metric_data("Lift/test", series, kNoon).bodies.front());

  std::vector<std::string> messages;
  for_samples([&](const RequestView& view) {
    LogLineEncoder(resource).request(messages.emplace_back(), view);
  });
  std::vector<LogEvent> events;
  for (const std::string& message : messages) events.push_back({kNoon, message});
  folder.write(
      "logs.put",
      put_log_events({.group = "/lift/test", .stream = "a"}, events, kNoon).bodies.front().text);
}

}  // namespace
}  // namespace lift

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: encoder_samples <folder>\n", stderr);
    return 2;
  }
  const lift::Folder folder(arguments[1]);
  lift::write_otlp(folder, lift::OtlpFormat::protobuf, "pb");
  lift::write_otlp(folder, lift::OtlpFormat::json, "json");
  lift::write_aws(folder);
}
