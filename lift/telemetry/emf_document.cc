#include <chrono>

#include "lift/base/json_writer.h"
#include "lift/telemetry/detail/emf_document.h"

namespace lift::detail {

std::int64_t emf_millis(WallTime time) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

void EmfDocuments::add(std::string_view name, CloudWatchUnit unit, std::span<const double> values) {
  if (metrics_ == kEmfMetrics || definitions_.size() + targets_.size() > kEmfBytes) close();
  if (metrics_++ > 0) definitions_ += ',';
  JsonWriter(definitions_)
      .begin_object()
      .member("Name", name)
      .member("Unit", to_string(unit))
      .end_object();
  targets_ += ',';
  JsonWriter target(targets_);
  target.key(name);
  if (values.size() == 1) {
    target.value(values.front());
    return;
  }
  target.begin_array();
  for (const double value : values) target.value(value);
  target.end_array();
}

void EmfDocuments::close() {
  if (metrics_ == 0) return;
  JsonWriter json(out_);
  json.begin_object().key("_aws").begin_object().member("Timestamp", emf_millis(at_));
  json.key("CloudWatchMetrics").begin_array().begin_object().member("Namespace", namespace_);
  json.key("Dimensions").begin_array().begin_array();
  for (const Label& dimension : dimensions_) json.value(dimension.first);
  json.end_array().end_array().key("Metrics").begin_array().raw(definitions_).end_array();
  json.end_object().end_array().end_object();
  for (const Label& dimension : dimensions_) json.member(dimension.first, dimension.second);
  out_ += targets_;
  out_ += "}\n";
  definitions_.clear();
  targets_.clear();
  metrics_ = 0;
  ++count_;
}

}  // namespace lift::detail
