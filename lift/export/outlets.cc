#include "lift/export/detail/outlets.h"

#include <array>
#include <utility>

#include "lift/aws/credential_sources.h"
#include "lift/base/ascii.h"
#include "lift/export/emf_destination.h"
#include "lift/export/log_destination.h"
#include "lift/export/otlp_destination.h"

namespace lift::detail {

Result<Outlets::All> Outlets::open() {
  using Step = Result<> (Outlets::*)();
  constexpr std::array<Step, 6> kSteps{&Outlets::add_lines, &Outlets::add_cloudwatch_logs,
                                       &Outlets::add_otlp,  &Outlets::add_cloudwatch_metrics,
                                       &Outlets::add_emf,   &Outlets::add_xray};
  for (const Step step : kSteps) {
    if (auto added = (this->*step)(); !added) return std::unexpected(std::move(added.error()));
  }
  return std::move(all_);
}

template <class T>
Result<> Outlets::add(Result<std::unique_ptr<T>> made) {
  if (!made) return std::unexpected(std::move(made.error()));
  all_.push_back(std::move(*made));
  return {};
}

Result<> Outlets::add_lines() {
  if (!options_.log) return {};
  auto opened = LogDestination::open(*options_.log, options_.log_lines, resource_);
  if (opened) lines_ = &(*opened)->sink();
  return add(std::move(opened));
}

Result<> Outlets::add_otlp() {
  for (const auto& [signal, otlp] : {std::pair{Signal::logs, &options_.otlp_logs},
                                     std::pair{Signal::traces, &options_.otlp_traces},
                                     std::pair{Signal::metrics, &options_.otlp_metrics}}) {
    if (!*otlp) continue;
    const auto endpoint = Url::parse((*otlp)->endpoint);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto added = add(make_otlp_destination(signal, **otlp, resource_, carrier_to(*endpoint)));
    if (!added) return added;
  }
  return {};
}

Result<> Outlets::add_cloudwatch_logs() {
  if (!options_.cloudwatch_logs) return {};
  auto to = aws(kAwsLogs);
  if (!to) return std::unexpected(std::move(to.error()));
  auto made = CloudWatchLogs::make(*options_.cloudwatch_logs, resource_, std::move(to->endpoint),
                                   to->transport);
  if (made) lines_ = made->get();
  return add(std::move(made));
}

Result<> Outlets::add_cloudwatch_metrics() {
  if (!options_.cloudwatch_metrics) return {};
  auto to = aws(kAwsMetrics);
  if (!to) return std::unexpected(std::move(to.error()));
  return add(make_cloudwatch_metrics(*options_.cloudwatch_metrics, resource_,
                                     std::move(to->endpoint), to->transport));
}

Result<> Outlets::add_emf() {
  if (!options_.emf) return {};
  return add(make_emf_destination(*options_.emf, resource_, *lines_));
}

Result<> Outlets::add_xray() {
  if (options_.xray_daemon) {
    if (auto added = add(make_xray_daemon(*options_.xray_daemon, resource_)); !added) return added;
  }
  if (!options_.xray_api) return {};
  auto to = aws(kAwsXRay);
  if (!to) return std::unexpected(std::move(to.error()));
  return add(make_xray_api(*options_.xray_api, resource_, std::move(to->endpoint), to->transport));
}

Result<std::string> Outlets::region() {
  return options_.aws_region.empty() ? aws_region(environment_)
                                     : Result<std::string>(options_.aws_region);
}

Result<Outlets::Signed> Outlets::aws(AwsService service) {
  auto where = region();
  if (!where) return std::unexpected(std::move(where.error()));
  auto endpoint = aws_endpoint(environment_, service, *where);
  if (!endpoint) return std::unexpected(std::move(endpoint.error()));
  return Signed{signing(std::string(service.name), std::move(*where)), std::move(*endpoint)};
}

HttpTransport& Outlets::signing(std::string service, std::string region) {
  if (credentials_ == nullptr) {
    source_ = default_credentials(client_, environment_, region);
    credentials_ = CachedCredentials::make(*source_).value();
  }
  SigningScope scope{.region = std::move(region), .service = std::move(service)};
  signing_.push_back(std::make_unique<SignedTransport>(client_, *credentials_, std::move(scope)));
  return *signing_.back();
}

/// CloudWatch takes OTLP at `<service>.<region>.amazonaws.com`, signed.
HttpTransport& Outlets::carrier_to(const Url& endpoint) {
  const std::string_view host = endpoint.host;
  if (!host.ends_with(".amazonaws.com") && !host.ends_with(".amazonaws.com.cn")) return client_;
  std::string_view rest = host;
  const std::string service(ascii::cut(rest, '.'));
  return signing(service, std::string(ascii::cut(rest, '.')));
}

}  // namespace lift::detail
