// Writes what Lift's encoders make of a sample request and a sample snapshot into the folder that
// it is given, for scripts that decode it with code that is not ours.
#include <cstdio>
#include <fstream>
#include <string>

#include "lift/telemetry/encoder_fixture_test.h"
#include "lift/telemetry/otlp.h"

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
}
