#include "lift/client/upstream.h"

#include <algorithm>

namespace lift {

Problems UpstreamOptions::validate() const {
  Problems problems;
  if (endpoints.empty() || endpoints.size() > kMaxEndpoints) {
    problems.add("endpoints", std::to_string(endpoints.size()), "must be 1 to 256 URLs");
  }
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string field = "endpoints[" + std::to_string(i) + "]";
    const Result<Url> url = Url::parse(endpoints[i]);
    if (!url) {
      problems.add(field, "", url.error().message);
    } else if (url->target.contains('?')) {
      problems.add(field, "", "the URL must not have a query");
    } else if (std::ranges::count(endpoints, endpoints[i]) > 1) {
      problems.add(field, endpoints[i], "must not be there twice");
    }
  }
  problems.add_all("outliers", outliers.validate());
  return problems;
}

void Endpoint::place(std::string_view target, Url& to) const {
  to.scheme = url.scheme;
  to.host = url.host;
  to.port = url.port;
  to.target.assign(path).append(target);
}

namespace {

std::vector<Endpoint> read(const std::vector<std::string>& texts) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : texts) {
    Endpoint endpoint;
    endpoint.url = Url::parse(text).value();
    endpoint.path = endpoint.url.target;
    while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
    endpoint.name = endpoint.url.host + ":" + std::to_string(endpoint.url.port);
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

}  // namespace

Upstream::Upstream(const UpstreamOptions& options)
    : balancing_(options.balancing),
      endpoints_(read(options.endpoints)),
      outliers_(endpoints_.size(), options.outliers),
      under_way_(endpoints_.size()) {}

Upstream::Turn::Turn(Upstream& upstream, std::size_t index) noexcept
    : upstream_(&upstream), index_(index) {
  upstream.under_way_[index].fetch_add(1, std::memory_order_relaxed);
}

Upstream::Turn::~Turn() {
  if (upstream_ != nullptr) {
    upstream_->under_way_[index_].fetch_sub(1, std::memory_order_relaxed);
  }
}

const Endpoint& Upstream::Turn::endpoint() const noexcept { return upstream_->endpoints_[index_]; }

void Upstream::Turn::ended(OutcomeKind kind, Instant now, Random& random) {
  upstream_->outliers_.record(index_, kind, now, random);
}

std::optional<Upstream::Turn> Upstream::next(Instant now, Random& random,
                                             const Tried& tried) noexcept {
  const std::size_t count = endpoints_.size();
  const std::size_t start = turn_.fetch_add(1, std::memory_order_relaxed) % count;
  std::size_t chosen = count;
  if (balancing_ == Balancing::least_requests && count > 1) chosen = less_busy(random, now, tried);
  if (chosen == count) chosen = search(start, now, tried, false);
  if (chosen == count) chosen = search(start, now, tried, true);
  if (chosen == count) return std::nullopt;
  return Turn(*this, chosen);
}

std::uint32_t Upstream::under_way(std::size_t endpoint) const noexcept {
  return under_way_[endpoint].load(std::memory_order_relaxed);
}

std::size_t Upstream::search(std::size_t start, Instant now, const Tried& tried,
                             bool panic) const noexcept {
  const std::size_t count = endpoints_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = start + i < count ? start + i : start + i - count;
    if (panic ? !tried.test(at) : usable(at, now, tried)) return at;
  }
  return count;
}

std::size_t Upstream::less_busy(Random& random, Instant now, const Tried& tried) const noexcept {
  const std::size_t count = endpoints_.size();
  const std::size_t one = random.below(count);
  std::size_t other = random.below(count - 1);
  if (other >= one) ++other;
  const bool first = usable(one, now, tried);
  const bool second = usable(other, now, tried);
  if (first && second) return under_way(other) < under_way(one) ? other : one;
  if (first) return one;
  return second ? other : count;
}

}  // namespace lift
