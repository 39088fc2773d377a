// Runs an app, asks it a few things, and prints what it emits to CloudWatch: a line of JSON for
// each metric and set of dimension names.

#include <cstdio>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lift/app/app.h"
#include "lift/base/json_writer.h"
#include "lift/telemetry/cloudwatch_view.h"
#include "tests/support/raw_client.h"

namespace lift {
namespace {

using Emitted = std::set<std::pair<std::string, std::vector<std::string>>>;

void ask(const App& app, const std::string& path, const std::string& headers = "") {
  const std::string address = app.addresses().front();
  test::RawClient client(*ListenAddress::parse(address.substr(std::string("http://").size())));
  client.ask("GET " + path + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n");
}

/// A counter is emitted when it counts: so each does that has not yet.
MetricSnapshot counting(MetricSnapshot snapshot) {
  for (MetricFamily& family : snapshot.families) {
    if (family.kind != MetricKind::counter) continue;
    for (MetricPoint& point : family.points) ++point.value;
  }
  return snapshot;
}

Emitted emitted_by(App& app) {
  Telemetry& telemetry = app.telemetry();
  const MetricSnapshot now = counting(telemetry.metrics().snapshot(telemetry.clock().wall()));
  Emitted all;
  for (const CloudWatchSeries& series : cloudwatch_view(now, telemetry.resource())) {
    std::vector<std::string> names;
    for (const Label& label : series.dimensions) names.push_back(label.first);
    all.emplace(series.name, std::move(names));
  }
  return all;
}

void print(const Emitted& all) {
  for (const auto& [name, dimensions] : all) {
    std::string line;
    JsonWriter json(line);
    json.begin_object().member("name", name).key("dimensions").begin_array();
    for (const std::string& one : dimensions) json.value(one);
    json.end_array().end_object();
    std::printf("%s\n", line.c_str());
  }
}

int run() {
  AppOptions options = embedded_options();
  options.telemetry.resource.service = "demo";
  options.telemetry.resource.environment = "test";
  options.exports.log.emplace().path = "stderr";
  options.observe->tenant = [](Context&) { return std::string_view("acme"); };
  App app(std::move(options));
  app.get("/payments/{id}", [](Context& ctx) { return text(ctx.param("id")); });
  app.get("/broken", [](Context&) -> Response { throw std::runtime_error("broken"); });
  if (auto started = app.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 1;
  }
  ask(app, "/payments/7");
  ask(app, "/broken");
  ask(app, "/nowhere");
  app.flush_telemetry(std::chrono::seconds(5));
  print(emitted_by(app));
  app.stop();
  return 0;
}

}  // namespace
}  // namespace lift

int main() { return lift::run(); }
