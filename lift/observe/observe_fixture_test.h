#pragma once
// Chains under the observe layer on virtual time, and what was recorded of their requests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "lift/observe/observe.h"
#include "lift/testing/sim_world.h"

namespace lift {

/// A request as it was recorded, copied.
struct RecordedRequest {
  RequestNumbers numbers;
  std::string method, operation, path, query, request_id, tenant, user, user_agent, rejected_by,
      reason, trace_state, error_message, request_body, response_body;
  std::vector<std::string> lines;
};

class ObserveTest : public testing::Test, protected RecordBuffer::Reader {
 protected:
  template <class... Layers>
  Chain chain(const ObserveOptions& options, Handler handler,
              std::string operation = "/payments/{id}", Layers... inner) {
    observe_ = Observe::make(options, telemetry_).value();
    return Chain::build(std::move(operation), {AnyLayer(observe_), AnyLayer(inner)...},
                        std::move(handler))
        .value();
  }
  static Handler answering(int status) {
    return [status](Context&) { return text("body").with_status(status); };
  }

  /// What was recorded since the last call.
  std::vector<RecordedRequest> recorded() {
    requests_.clear();
    telemetry_->records().drain(*this, SIZE_MAX);
    return requests_;
  }
  RecordedRequest only() {
    auto all = recorded();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? RecordedRequest{} : all.front();
  }
  /// `name{label=value,…}` of every series that counts something: a sum or a count.
  std::vector<std::string> metrics(std::string_view name) {
    std::vector<std::string> all;
    const MetricSnapshot snapshot = telemetry_->metrics().snapshot(world_.loop().clock().wall());
    for (const MetricFamily& family : snapshot.families) {
      if (family.name != name) continue;
      for (const MetricPoint& point : family.points) {
        const double value =
            point.histogram ? static_cast<double>(point.histogram->count) : point.value;
        if (value == 0) continue;
        std::string text;
        for (const auto& [label, is] : point.labels) text += (text.empty() ? "" : ",") + is;
        all.push_back(text + " " + std::to_string(static_cast<long>(value)));
      }
    }
    return all;
  }

  void request(const RequestRead& read) override {
    const RequestTexts& t = read.texts;
    const auto s = [](std::string_view text) { return std::string(text); };
    requests_.push_back({read.numbers,
                         s(t.method),
                         s(t.operation),
                         s(t.path),
                         s(t.query),
                         s(t.request_id),
                         s(t.tenant),
                         s(t.user),
                         s(t.user_agent),
                         s(t.rejected_by),
                         s(t.reason),
                         s(t.trace_state),
                         s(t.error_message),
                         s(t.request_body),
                         s(t.response_body),
                         {}});
    for (const LineRead& line : read.lines) requests_.back().lines.emplace_back(line.message);
  }
  void line(const LineReadAlone&) override {}

  SimWorld world_;
  std::shared_ptr<Telemetry> telemetry_ =
      std::make_shared<Telemetry>(TelemetryOptions{}, world_.loop().clock());
  std::shared_ptr<Observe> observe_;
  std::vector<RecordedRequest> requests_;
};

}  // namespace lift
