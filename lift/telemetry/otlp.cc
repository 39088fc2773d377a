#include "lift/telemetry/otlp.h"

#include "lift/base/version.h"
#include "lift/telemetry/detail/otlp_messages.h"

namespace lift {
namespace detail {

template <class Emitter>
void emit_resource(Emitter& out, const Resource& resource, std::size_t value_cap) {
  OtlpAttributes attributes(out, 1, value_cap);
  attributes.add_text("service.name", resource.service);
  attributes.add_text("service.version", resource.version);
  attributes.add_text("service.instance.id", resource.instance);
  attributes.add_text("deployment.environment.name", resource.environment);
  attributes.add("telemetry.sdk.name", "lift");
  attributes.add("telemetry.sdk.language", "cpp");
  attributes.add("telemetry.sdk.version", kVersion);
  for (const auto& [name, value] : resource.tags) {
    const Field tag = field(name, value);
    attributes.add_fields({&tag, 1});
  }
  static_cast<void>(attributes.end());
}

}  // namespace detail

namespace {

using detail::JsonEmitter;
using detail::ProtobufEmitter;

/// The conventions that the names of attributes come from.
constexpr std::string_view kSchema = "https://opentelemetry.io/schemas/1.27.0";
constexpr std::string_view kScopeName = "lift";

void add_json(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) out += part;
}

}  // namespace

Problems OtlpOptions::validate() const {
  Problems problems;
  if (value_cap < 64 || value_cap > 64 * 1024)
    problems.add("value_cap", std::to_string(value_cap), "must be 64 to 65536 bytes");
  return problems;
}

OtlpEncoder::OtlpEncoder(const Resource& resource, const OtlpOptions& options) : options_(options) {
  if (options.format == OtlpFormat::protobuf) {
    ProtobufEmitter out(resource_);
    detail::emit_resource(out, resource, options.value_cap);
    ProtobufEmitter scope(scope_);
    scope.text(1, "name", kScopeName);
    scope.text(2, "version", kVersion);
    return;
  }
  JsonEmitter out(resource_);
  const std::size_t message = out.item(0);
  detail::emit_resource(out, resource, options.value_cap);
  out.end(message);
  add_json(scope_, {R"({"name":")", kScopeName, R"(","version":")", kVersion, "\"}"});
}

std::string_view OtlpEncoder::content_type() const noexcept {
  return options_.format == OtlpFormat::protobuf ? "application/x-protobuf" : "application/json";
}

std::size_t OtlpEncoder::spans(std::string& batch, const RequestView& request) const {
  if (request.kept == Kept::no) return 0;
  if (options_.format == OtlpFormat::protobuf) {
    ProtobufEmitter out(batch);
    return detail::emit_spans(out, request, options_.value_cap);
  }
  if (!batch.empty()) batch += ',';
  JsonEmitter out(batch);
  return detail::emit_spans(out, request, options_.value_cap);
}

std::size_t OtlpEncoder::logs(std::string& batch, const RequestView& request) const {
  if (!request.logged && request.logs.empty()) return 0;
  if (options_.format == OtlpFormat::protobuf) {
    ProtobufEmitter out(batch);
    return detail::emit_logs(out, request, options_.value_cap);
  }
  if (!batch.empty()) batch += ',';
  JsonEmitter out(batch);
  return detail::emit_logs(out, request, options_.value_cap);
}

std::size_t OtlpEncoder::logs(std::string& batch, const LogView& line) const {
  if (options_.format == OtlpFormat::protobuf) {
    ProtobufEmitter out(batch);
    detail::emit_log(out, line, options_.value_cap);
    return 1;
  }
  if (!batch.empty()) batch += ',';
  JsonEmitter out(batch);
  detail::emit_log(out, line, options_.value_cap);
  return 1;
}

void OtlpEncoder::wrap(std::string& out, std::string_view kind, std::string_view items,
                       std::string_view batch) const {
  if (options_.format == OtlpFormat::json) {
    add_json(out, {R"({"resource)", kind, R"(":[{"resource":)", resource_, R"(,"scope)", kind,
                   R"(":[{"scope":)", scope_, R"(,")", items, R"(":[)", batch, R"(],"schemaUrl":")",
                   kSchema, R"("}],"schemaUrl":")", kSchema, R"("}]})"});
    return;
  }
  out.reserve(out.size() + batch.size() + resource_.size() + 256);
  ProtobufWriter writer(out);
  const std::size_t of_resource = writer.begin(1);
  writer.bytes_field(1, resource_);
  const std::size_t of_scope = writer.begin(2);
  writer.bytes_field(1, scope_);
  out += batch;
  writer.bytes_field(3, kSchema);
  writer.end(of_scope);
  writer.bytes_field(3, kSchema);
  writer.end(of_resource);
}

void OtlpEncoder::trace_request(std::string& out, std::string_view batch) const {
  wrap(out, "Spans", "spans", batch);
}

void OtlpEncoder::log_request(std::string& out, std::string_view batch) const {
  wrap(out, "Logs", "logRecords", batch);
}

std::size_t OtlpEncoder::metric_request(std::string& out, const MetricSnapshot& snapshot) const {
  std::string metrics;
  std::size_t points = 0;
  if (options_.format == OtlpFormat::protobuf) {
    ProtobufEmitter emitter(metrics);
    points = detail::emit_metrics(emitter, snapshot);
  } else {
    JsonEmitter emitter(metrics);
    points = detail::emit_metrics(emitter, snapshot);
  }
  wrap(out, "Metrics", "metrics", metrics);
  return points;
}

}  // namespace lift
