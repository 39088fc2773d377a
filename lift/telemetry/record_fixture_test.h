#pragma once
// A reader that keeps what it is given, in a few words.

#include <string>
#include <vector>

#include "lift/telemetry/record_buffer.h"

namespace lift {

struct KeptRequest {
  RequestNumbers numbers;
  std::string operation;
  std::string path;
  std::vector<std::string> fields;
  std::vector<std::string> lines;
  std::vector<std::string> spans;
};

struct KeepingReader final : RecordBuffer::Reader {
  void request(const RequestRead& record) override {
    KeptRequest kept{.numbers = record.numbers,
                     .operation = std::string(record.texts.operation),
                     .path = std::string(record.texts.path),
                     .fields = {},
                     .lines = {},
                     .spans = {}};
    for (const Field& field : record.fields) kept.fields.push_back(text(field));
    for (const LineRead& line : record.lines) kept.lines.push_back(text(line));
    for (const SpanRecord& span : record.spans) kept.spans.push_back(text(span));
    requests.push_back(std::move(kept));
  }
  void line(const LineReadAlone& record) override {
    lines.push_back(text(record.line) + (record.trace.valid() ? " traced" : "") +
                    (record.tenant.empty() ? "" : " of " + std::string(record.tenant)));
  }

  static std::string text(const Field& field) {
    std::string out = std::string(field.name) + "=";
    field.value.visit([&out](const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
        out += value;
      } else {
        out += std::to_string(value);
      }
    });
    return out;
  }
  static std::string text(const LineRead& line) {
    std::string out = std::string(to_string(line.level)) + " " + std::string(line.module) + ": " +
                      std::string(line.message);
    for (const Field& field : line.fields) out += " " + text(field);
    return out;
  }
  static std::string text(const SpanRecord& span) {
    std::string out = std::string(span.name) + (span.open ? " open" : "") + " " +
                      std::to_string(span.duration.count());
    if (span.status == SpanStatus::error) out += " failed";
    for (const Field& field : span.fields) out += " " + text(field);
    for (const SpanRecord::Event& event : span.events) out += " @" + std::string(event.name);
    return out;
  }

  std::vector<KeptRequest> requests;
  std::vector<std::string> lines;
};

}  // namespace lift
