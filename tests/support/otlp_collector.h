#pragma once
// An OTLP/HTTP collector on a real socket that counts what it takes by route and status.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/app/app.h"

namespace lift::test {

/// One field of a Protocol Buffers message.
struct ProtoField {
  std::uint64_t number = 0;
  std::uint64_t integer = 0;
  std::string_view bytes;
};

/// The fields of a message as far as it is in order.
[[nodiscard]] inline std::vector<ProtoField> proto_fields(std::string_view in) {
  std::vector<ProtoField> all;
  const auto varint = [&in] {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (!in.empty()) {
    const std::uint64_t key = varint();
    ProtoField field{.number = key >> 3U, .integer = 0, .bytes = {}};
    const unsigned wire = key & 7U;
    if (wire == 0) field.integer = varint();
    std::size_t size = wire == 1 ? 8 : wire == 5 ? 4 : 0;
    if (wire == 2) size = varint();
    if (size > in.size()) break;
    field.bytes = in.substr(0, size);
    in.remove_prefix(size);
    all.push_back(field);
  }
  return all;
}

class OtlpCollector {
 public:
  OtlpCollector() : app_(options()) {
    app_.post("/v1/traces", [this](Context& ctx) { return take(ctx, &OtlpCollector::span); });
    app_.post("/v1/logs", [this](Context& ctx) { return take(ctx, &OtlpCollector::line); });
    app_.post("/v1/metrics", [this](Context& ctx) { return take(ctx, &OtlpCollector::metric); });
    started_ = app_.start().has_value();
  }

  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] std::string url() const { return app_.addresses().front(); }
  /// Server spans by "route status".
  [[nodiscard]] std::map<std::string, std::uint64_t> spans() const { return locked(spans_); }
  /// Log records by severity text.
  [[nodiscard]] std::map<std::string, std::uint64_t> lines() const { return locked(lines_); }
  /// Snapshots of metrics by name.
  [[nodiscard]] std::map<std::string, std::uint64_t> metrics() const { return locked(metrics_); }
  [[nodiscard]] std::uint64_t requests() const { return locked(requests_); }
  /// All bodies, once keep_bytes() was called.
  [[nodiscard]] std::string bytes() const { return locked(bytes_); }
  void keep_bytes() { keep_bytes_ = true; }

 private:
  using Counts = std::map<std::string, std::uint64_t>;

  static AppOptions options() {
    AppOptions options = embedded_options();
    options.observe.reset();
    options.server.limits.body = 64U << 20U;
    options.server.loops = 1;
    return options;
  }

  Response take(Context& ctx, void (OtlpCollector::*item)(std::string_view)) {
    const std::lock_guard lock(mutex_);
    ++requests_;
    if (keep_bytes_) bytes_ += ctx.request().body;
    for (const ProtoField& resource : proto_fields(ctx.request().body)) {
      for (const ProtoField& scope : proto_fields(resource.bytes)) {
        if (scope.number != 2) continue;
        for (const ProtoField& one : proto_fields(scope.bytes)) {
          if (one.number == 2) (this->*item)(one.bytes);
        }
      }
    }
    return binary("application/x-protobuf", "");
  }

  void span(std::string_view bytes) {
    constexpr std::uint64_t kAttributes = 9;
    constexpr std::uint64_t kKind = 6;
    constexpr std::uint64_t kServer = 2;
    std::string route = "unmatched";
    std::string status;
    bool server = false;
    for (const ProtoField& field : proto_fields(bytes)) {
      if (field.number == kKind) server = field.integer == kServer;
      if (field.number != kAttributes) continue;
      const auto [key, value] = attribute(field.bytes);
      if (key == "http.route") route = value;
      if (key == "http.response.status_code") status = value;
    }
    if (server) ++spans_[route + " " + status];
  }

  void line(std::string_view bytes) {
    constexpr std::uint64_t kSeverityText = 3;
    for (const ProtoField& field : proto_fields(bytes)) {
      if (field.number == kSeverityText) ++lines_[std::string(field.bytes)];
    }
  }

  void metric(std::string_view bytes) {
    for (const ProtoField& field : proto_fields(bytes)) {
      if (field.number == 1) ++metrics_[std::string(field.bytes)];
    }
  }

  static std::pair<std::string, std::string> attribute(std::string_view bytes) {
    std::pair<std::string, std::string> out;
    for (const ProtoField& field : proto_fields(bytes)) {
      if (field.number == 1) out.first = field.bytes;
      if (field.number != 2) continue;
      for (const ProtoField& value : proto_fields(field.bytes)) {
        out.second = value.number == 1 ? std::string(value.bytes) : std::to_string(value.integer);
      }
    }
    return out;
  }

  template <class T>
  T locked(const T& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }

  mutable std::mutex mutex_;
  Counts spans_;
  Counts lines_;
  Counts metrics_;
  std::uint64_t requests_ = 0;
  std::string bytes_;
  bool keep_bytes_ = false;
  bool started_ = false;
  App app_;
};

}  // namespace lift::test
