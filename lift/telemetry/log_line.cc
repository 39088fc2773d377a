#include "lift/telemetry/log_line.h"

#include <algorithm>
#include <array>

#include "lift/base/json_writer.h"
#include "lift/base/utf8.h"
#include "lift/telemetry/detail/line_fields.h"
#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/detail/message.h"

namespace lift {
namespace {

using detail::LineWriter;

constexpr std::array<std::string_view, 6> kStatusClass{"",
                                                       R"(,"status_class":"1xx")",
                                                       R"(,"status_class":"2xx")",
                                                       R"(,"status_class":"3xx")",
                                                       R"(,"status_class":"4xx")",
                                                       R"(,"status_class":"5xx")"};

// `,"name":` is `key`.
void member(LineWriter& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line.raw(key);
  line.text(value);
}

void ids(LineWriter& line, const RequestView& request, const SpanId& span) {
  member(line, R"(,"request_id":)", request.request_id);
  member(line, R"(,"tenant_id":)", request.tenant);
  member(line, R"(,"user_id":)", request.user);
  if (!request.trace.valid()) return;
  line.raw(R"(,"trace_id":)");
  line.id(request.trace);
  if (!span.valid()) return;
  line.raw(R"(,"span_id":)");
  line.id(span);
}

void asked(LineWriter& line, const RequestView& request) {
  member(line, R"(,"operation":)", request.operation);
  member(line, R"(,"method":)", request.method);
  member(line, R"(,"path":)", request.path);
  member(line, R"(,"query_params":)", request.query);
}

void answered(LineWriter& line, const RequestView& request) {
  if (request.status != 0) {
    line.raw(R"(,"status":)");
    line.integer(request.status);
    const int group = request.status / 100;
    if (group >= 1 && group <= 5) line.raw(kStatusClass[static_cast<std::size_t>(group)]);
  }
  line.raw(R"(,"duration_ms":)");
  line.milliseconds(request.duration);
  member(line, R"(,"outcome":)", request.outcome);
  member(line, R"(,"rejected_by":)", request.rejected_by);
  member(line, R"(,"reason":)", request.reason);
  member(line, R"(,"error_type":)", request.error_type);
  member(line, R"(,"error":)", request.error_message);
}

void exchanged(LineWriter& line, const RequestView& request) {
  member(line, R"(,"source_ip":)", request.client_address);
  member(line, R"(,"user_agent":)", request.user_agent);
  line.raw(R"(,"request_body_size":)");
  line.natural(request.request_bytes);
  line.raw(R"(,"response_body_size":)");
  line.natural(request.response_bytes);
  member(line, R"(,"request_body":)", request.request_body);
  member(line, R"(,"response_body":)", request.response_body);
  line.raw(request.kept == Kept::no ? R"(,"sampled":false)" : R"(,"sampled":true)");
}

std::string constants_of(const Resource& resource) {
  std::string out;
  JsonWriter json(out);
  const auto add = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.member(name, utf8_prefix(value, detail::kTagCap));
  };
  json.begin_object();
  add("service", resource.service);
  add("environment", resource.environment);
  add("version", resource.version);
  detail::write_tags(json, resource);
  out.front() = ',';
  return out.size() == 1 ? std::string() : out;
}

}  // namespace

Problems LogLineOptions::validate() const {
  Problems problems;
  if (value_cap < 64 || value_cap > 256 * 1024)
    problems.add("value_cap", std::to_string(value_cap), "must be 64 to 262144 bytes");
  if (line_cap < 64 * 1024 || line_cap > 1024 * 1024)
    problems.add("line_cap", std::to_string(line_cap), "must be 65536 to 1048576 bytes");
  return problems;
}

LogLineEncoder::LogLineEncoder(const Resource& resource, const LogLineOptions& options)
    : options_(options), constants_(constants_of(resource)) {}

void LogLineEncoder::head(LineWriter& line, WallTime time, LogLevel level,
                          std::string_view message) const {
  line.raw(R"({"timestamp":)");
  line.time(time, options_.microseconds);
  line.raw(R"(,"level":")");
  line.raw(to_string(level));
  line.raw(R"(","message":)");
  line.text(message);
  line.raw(constants_);
}

void LogLineEncoder::open_request(std::string& out, const RequestView& request,
                                  std::size_t reserve) const {
  LineWriter line(out, options_.value_cap, options_.line_cap - reserve);
  head(line, request.start + request.duration, request.level, detail::message_of(request));
  ids(line, request, request.span);
  if (request.parent.valid()) {
    line.raw(R"(,"parent_span_id":)");
    line.id(request.parent);
  }
  asked(line, request);
  answered(line, request);
  exchanged(line, request);
  detail::write_fields(line, R"(,"fields":{)", request.fields);
}

void LogLineEncoder::request(std::string& out, const RequestView& request) const {
  open_request(out, request, 0);
  out += "}\n";
}

void LogLineEncoder::program(std::string& out, const LogView& line) const {
  program(out, line, RequestView{});
}

void LogLineEncoder::program(std::string& out, const LogView& log,
                             const RequestView& request) const {
  LineWriter line(out, options_.value_cap, options_.line_cap);
  head(line, log.time, log.level, log.message);
  member(line, R"(,"module":)", log.module);
  ids(line, request, log.span.valid() ? log.span : request.span);
  member(line, R"(,"operation":)", request.operation);
  detail::write_fields(line, R"(,"fields":{)", log.fields);
  line.raw("}\n");
}

}  // namespace lift
