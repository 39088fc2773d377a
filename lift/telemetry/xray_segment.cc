#include "lift/telemetry/xray_segment.h"

#include <algorithm>

#include "lift/base/ascii.h"
#include "lift/base/json_writer.h"
#include "lift/telemetry/detail/line_fields.h"
#include "lift/telemetry/detail/line_writer.h"
#include "lift/telemetry/detail/xray_tree.h"

namespace lift {
namespace {

using detail::LineWriter;

constexpr std::size_t kNameCap = 200;
// Bytes of a text before it is cut and marked: an annotation's value may have 1,000 characters.
constexpr std::size_t kTextCap = 980;

void member(LineWriter& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line.raw(key);
  line.text(value);
}

void write_times(LineWriter& line, const RequestView& request) {
  line.raw(R"(,"start_time":)");
  line.unix_seconds(request.start);
  line.raw(R"(,"end_time":)");
  // X-Ray counts microseconds: what took less took one.
  const Duration least = std::chrono::microseconds(request.duration > Duration::zero() ? 1 : 0);
  line.unix_seconds(request.start + std::max(request.duration, least));
}

void write_http(LineWriter& line, const RequestView& request) {
  line.raw(R"(,"http":{"request":{"method":)");
  line.text(request.method);
  member(line, R"(,"url":)", request.path);
  member(line, R"(,"user_agent":)", request.user_agent);
  member(line, R"(,"client_ip":)", request.client_address);
  line.raw("}");
  if (request.status != 0) {
    line.raw(R"(,"response":{"status":)");
    line.integer(request.status);
    line.raw(R"(,"content_length":)");
    line.natural(request.response_bytes);
    line.raw("}");
  }
  line.raw("}");
}

void write_flags(LineWriter& line, const RequestView& request) {
  if (request.failed || request.status >= 500) {
    line.raw(R"(,"fault":true)");
  } else if (request.status >= 400) {
    line.raw(request.status == 429 ? R"(,"error":true,"throttle":true)" : R"(,"error":true)");
  }
  if (!request.failed || request.error_message.empty()) return;
  line.raw(R"(,"cause":{"exceptions":[{"id":)");
  line.id(request.span);
  member(line, R"(,"type":)", request.error_type);
  member(line, R"(,"message":)", request.error_message);
  line.raw("}]}");
}

// What traces can be searched by.
void write_annotations(LineWriter& line, const RequestView& request, std::string_view environment) {
  line.raw(R"(,"annotations":{"kept":)");
  line.text(to_string(request.kept));
  line.raw(environment);
  member(line, R"(,"operation":)", request.operation);
  member(line, R"(,"tenant_id":)", request.tenant);
  member(line, R"(,"user_id":)", request.user);
  member(line, R"(,"request_id":)", request.request_id);
  member(line, R"(,"outcome":)", request.outcome);
  member(line, R"(,"rejected_by":)", request.rejected_by);
  member(line, R"(,"reason":)", request.reason);
  member(line, R"(,"error_type":)", request.error_type);
  line.raw("}");
}

void write_metadata(LineWriter& line, const RequestView& request, std::string_view tags) {
  line.raw(R"(,"metadata":{"lift":{"duration_ms":)");
  line.milliseconds(request.duration);
  line.raw(tags);
  line.raw(R"(,"request_body_size":)");
  line.natural(request.request_bytes);
  member(line, R"(,"scheme":)", request.scheme);
  member(line, R"(,"query_params":)", request.query);
  detail::write_fields(line, R"(,"fields":{)", request.fields);
  line.raw("}}");
}

bool is_name(char c) noexcept {
  return ascii::is_letter(c) || ascii::is_digit(c) || ascii::is_blank(c) ||
         std::string_view("_.:/%&#=+\\-@").contains(c);
}

}  // namespace

std::string xray_name(std::string_view name) {
  std::string out(name.substr(0, kNameCap));
  std::ranges::replace_if(out, [](char c) { return !is_name(c); }, '_');
  return out.empty() ? "lift-service" : out;
}

XraySegmentEncoder::XraySegmentEncoder(const Resource& resource) {
  JsonWriter(name_).begin_object().member("name", xray_name(resource.service));
  if (!resource.version.empty()) {
    service_ = ',';
    JsonWriter(service_).key("service").begin_object().member("version", resource.version);
    service_ += '}';
  }
  if (!resource.environment.empty()) {
    environment_ = ',';
    JsonWriter(environment_).member("environment", resource.environment);
  }
  if (resource.tags.empty()) return;
  tags_ = ',';
  JsonWriter tags(tags_);
  detail::write_tags(tags, resource);
}

std::vector<std::string> XraySegmentEncoder::documents(const RequestView& request) const {
  if (request.kept == Kept::no) return {};
  std::string segment;
  {
    LineWriter line(segment, kTextCap, kXrayDocumentBytes);
    line.raw(name_);
    line.raw(R"(,"id":)");
    line.id(request.span);
    line.raw(R"(,"trace_id":)");
    line.xray_id(request.trace);
    if (request.parent.valid()) {
      line.raw(R"(,"parent_id":)");
      line.id(request.parent);
    }
    write_times(line, request);
    line.raw(service_);
    member(line, R"(,"user":)", request.user);
    write_http(line, request);
    write_flags(line, request);
    write_annotations(line, request, environment_);
    write_metadata(line, request, tags_);
  }
  return detail::XrayTree(request, std::move(segment)).take();
}

std::vector<std::string> put_trace_segments(std::span<const std::string> documents) {
  std::vector<std::string> bodies;
  while (!documents.empty()) {
    const std::size_t some = std::min(documents.size(), kXrayDocumentsACall);
    JsonWriter json(bodies.emplace_back());
    json.begin_object().key("TraceSegmentDocuments").begin_array();
    for (const std::string& document : documents.first(some)) json.value(document);
    json.end_array().end_object();
    documents = documents.subspan(some);
  }
  return bodies;
}

}  // namespace lift
