#include "lift/export/invocation_exporter.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "lift/export/detail/request_viewer.h"

namespace lift {
namespace {

bool write_all(int descriptor, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Problems InvocationOptions::validate() const {
  Problems problems;
  if (metrics) problems.add_all("metrics", metrics->validate());
  problems.add_all("lines", lines.validate());
  problems.add_all("redaction", redaction.validate());
  return problems;
}

struct InvocationExporter::Rendering {
  Rendering(std::shared_ptr<Telemetry> of, const InvocationOptions& options, int to)
      : telemetry(std::move(of)),
        descriptor(to),
        redactor(Redactor::make(options.redaction).value()),
        viewer(*telemetry, *redactor, options.max_body),
        lines(telemetry->resource(), options.lines) {
    if (options.metrics) documents.emplace(telemetry->resource(), *options.metrics);
  }

  const std::shared_ptr<Telemetry> telemetry;
  const int descriptor;
  const std::shared_ptr<const Redactor> redactor;
  detail::RequestViewer viewer;
  LogLineEncoder lines;
  std::optional<EmfEncoder> documents;
  std::string text;
  std::uint64_t items = 0;
};

Result<std::unique_ptr<InvocationExporter>> InvocationExporter::make(
    std::shared_ptr<Telemetry> telemetry, const InvocationOptions& options, int descriptor) {
  if (auto valid = options.validate().as_result(); !valid) return std::unexpected(valid.error());
  return std::unique_ptr<InvocationExporter>(new InvocationExporter(
      std::make_unique<Rendering>(std::move(telemetry), options, descriptor)));
}

InvocationExporter::InvocationExporter(std::unique_ptr<Rendering> rendering)
    : rendering_(std::move(rendering)) {}

InvocationExporter::~InvocationExporter() = default;

FlushReport InvocationExporter::finish() {
  Rendering& to = *rendering_;
  LossLedger& losses = to.telemetry->records().losses();
  const std::uint64_t lost_before = losses.total();
  // After a freeze the calendar has moved on and the monotonic clock may not have.
  to.telemetry->synchronise();
  to.text.clear();
  to.items = 0;
  (void)to.telemetry->records().drain(*this, SIZE_MAX);
  const bool written = write_all(to.descriptor, to.text);
  if (!written) losses.add(Signal::logs, Loss::export_failed, to.items);
  return {.flushed = written ? to.items : 0, .dropped = losses.total() - lost_before, .pending = 0};
}

void InvocationExporter::request(const RequestRead& record) {
  Rendering& to = *rendering_;
  const RequestView& view = to.viewer.request(record);
  for (const LogView& line : view.logs) to.lines.program(to.text, line, view);
  to.items += view.logs.size();
  if (to.documents) {
    to.documents->request(to.text, view);  // also of a line that was sampled away: it is counted
  } else if (view.logged) {
    to.lines.request(to.text, view);
  } else {
    return;
  }
  ++to.items;
}

void InvocationExporter::line(const LineReadAlone& record) {
  Rendering& to = *rendering_;
  const auto [line, within] = to.viewer.line(record);
  within != nullptr ? to.lines.program(to.text, line, *within) : to.lines.program(to.text, line);
  ++to.items;
}

}  // namespace lift
