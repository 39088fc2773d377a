#include "lift/export/emf_destination.h"

#include <string>
#include <string_view>
#include <utility>

#include "lift/export/detail/bell.h"
#include "lift/export/detail/periods.h"
#include "lift/telemetry/cloudwatch_view.h"

namespace lift {
namespace {

class EmfDestination final : public Destination {
 public:
  EmfDestination(const EmfOptions& options, const Resource& resource, LineSink& sink)
      : resource_(resource), encoder_(resource, options), sink_(sink) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "emf"; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::metrics; }

  void metrics(const MetricSnapshot& snapshot) override {
    const auto series = cloudwatch_view(periods_.next(snapshot), resource_);
    std::string lines;
    const EmfEncoder::Periodic made = encoder_.periodic(lines, series, snapshot.time);
    ledger_.given(made.documents + made.refused);
    ledger_.dropped(Loss::export_rejected, made.refused);
    std::string_view rest = lines;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      sink_.line(rest.substr(0, end), LogLevel::info);
      rest.remove_prefix(end);
    }
    ledger_.delivered(made.documents);
  }

  Task<void> run() override {
    while (!stopped_) co_await end_.until(kNever);
  }
  Task<void> flush(Instant) override { co_return; }
  void stop() noexcept override {
    stopped_ = true;
    end_.ring();
  }
  [[nodiscard]] DestinationStats stats() const noexcept override { return ledger_.stats(); }

 private:
  Resource resource_;
  EmfEncoder encoder_;
  LineSink& sink_;
  detail::Periods periods_;
  DeliveryLedger ledger_;
  detail::Bell end_;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Destination>> make_emf_destination(const EmfOptions& options,
                                                          const Resource& resource,
                                                          LineSink& sink) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  return std::make_unique<EmfDestination>(options, resource, sink);
}

}  // namespace lift
