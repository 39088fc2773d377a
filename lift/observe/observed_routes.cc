#include "lift/observe/detail/observed_routes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lift/telemetry/histogram_point.h"
#include "lift/telemetry/own_metrics.h"

namespace lift::detail {
namespace {

constexpr std::string_view kOther = "other";
// Tenants that are counted to find the busiest, for each place that there is.
constexpr std::size_t kCandidates = 4;

std::string text(std::string_view constant) { return std::string(constant); }

std::array<char, 3> digits(int status) {
  constexpr int kTen = 10;
  return {static_cast<char>('0' + status / 100 % kTen),
          static_cast<char>('0' + status / kTen % kTen), static_cast<char>('0' + status % kTen)};
}

}  // namespace

std::string_view error_type(SeriesKey::ErrorType error, int status) noexcept {
  constexpr std::array<std::string_view, 6> kServer{"500", "501", "502", "503", "504", "505"};
  switch (error) {
    case SeriesKey::ErrorType::none:
      return "";
    case SeriesKey::ErrorType::timeout:
      return "timeout";
    case SeriesKey::ErrorType::exception:
      return "exception";
    case SeriesKey::ErrorType::status:
      break;
  }
  const auto at = static_cast<std::size_t>(status - 500);
  return at < kServer.size() ? kServer[at] : "other";
}

ObservedRoutes::ObservedRoutes(const ObserveOptions& options, Telemetry& telemetry,
                               std::shared_ptr<const Sampler> sampler)
    : keep_slow_(options.keep_slow),
      top_tenants_(options.top_tenants),
      sampler_(std::move(sampler)),
      names_(options.max_operations),
      tenant_table_(std::max<std::size_t>(options.top_tenants, 1)),
      busiest_(kCandidates * options.top_tenants) {
  MetricRegistry& metrics = telemetry.metrics();
  durations_ = metrics.histograms({.name = text(own_metric::kRequestDuration.name),
                                   .description = text(own_metric::kRequestDuration.description)},
                                  own_label::kOfDuration);
  sizes_ = metrics.histograms(
      byte_sizes(text(own_metric::kResponseSize.name), text(own_metric::kResponseSize.description)),
      own_label::kOfSize);
  tenants_ = metrics.histograms({.name = text(own_metric::kTenantDuration.name),
                                 .description = text(own_metric::kTenantDuration.description)},
                                own_label::kOfTenant);
  const auto active = metrics.up_downs(own_metric::kActiveRequests.options(), own_label::kOfActive);
  for (int i = 0; i < kMethodCount; ++i) {
    active_[static_cast<std::size_t>(i)] = active.with(to_string(static_cast<Method>(i)));
  }
  other_route_ = &add(kOther);
  other_tenant_ = make_tenant(kOther);
}

ObservedRoute& ObservedRoutes::add(std::string_view operation) {
  const std::lock_guard lock(mutex_);
  ObservedRoute& route = routes_.emplace_back();
  route.operation = operation;
  route.matched = operation != "unmatched";
  return route;
}

ObservedRoute& ObservedRoutes::named(std::string_view operation) {
  ObservedRoute** found =
      names_.find_or_add(operation, [this](std::string_view name) { return &add(name); });
  return found == nullptr ? *other_route_ : **found;
}

ObservedMethod& ObservedRoutes::method(ObservedRoute& route, Method method) {
  ObservedMethod* known =
      route.methods[static_cast<std::size_t>(method)].load(std::memory_order_acquire);
  return known != nullptr ? *known : add_method(route, method);
}

ObservedMethod& ObservedRoutes::add_method(ObservedRoute& route, Method method) {
  const std::lock_guard lock(mutex_);
  std::atomic<ObservedMethod*>& place = route.methods[static_cast<std::size_t>(method)];
  if (ObservedMethod* known = place.load(std::memory_order_relaxed)) return *known;
  ObservedMethod& made = methods_.emplace_back();
  made.sampling_rule = sampler_->rule_for(to_string(method), route.operation);
  made.response_size = sizes_.with(to_string(method), route.matched ? route.operation : "");
  place.store(&made, std::memory_order_release);
  return made;
}

const Histogram& ObservedRoutes::duration(ObservedRoute& route, Method method, ObservedMethod& of,
                                          const SeriesKey& key) {
  const std::uint32_t packed = key.packed();
  for (const ObservedMethod::Series& one : of.series) {
    const std::uint32_t known = one.key.load(std::memory_order_acquire);
    if (known == packed) return one.duration;
    if (known == 0) break;
  }
  const std::lock_guard lock(mutex_);
  const auto is = [packed](const ObservedMethod::Series& one) { return one.key == packed; };
  const auto free = [](const ObservedMethod::Series& one) { return one.key == 0; };
  if (const auto it = std::ranges::find_if(of.series, is); it != of.series.end()) {
    return it->duration;
  }
  if (const auto it = std::ranges::find_if(of.more, is); it != of.more.end()) return it->duration;
  const auto it = std::ranges::find_if(of.series, free);
  ObservedMethod::Series& made = it != of.series.end() ? *it : of.more.emplace_back();
  made.duration = make_series(route, method, key);
  made.key.store(packed, std::memory_order_release);
  return made.duration;
}

Histogram ObservedRoutes::make_series(const ObservedRoute& route, Method method,
                                      const SeriesKey& key) const {
  const std::array<char, 3> status = digits(key.status);
  const std::string_view code(status.data(), key.status == 0 ? 0 : status.size());
  return durations_.with(to_string(method), route.matched ? std::string_view(route.operation) : "",
                         code, key.secure ? "https" : "http", error_type(key.error, key.status));
}

ObservedTenant ObservedRoutes::make_tenant(std::string_view name) const {
  return {.succeeded = tenants_.with(name, "success"), .failed = tenants_.with(name, "error")};
}

const Histogram& ObservedRoutes::tenant(std::string_view name, bool failed) {
  const ObservedTenant* found = tenant_table_.find(name);
  if (found == nullptr && top_tenants_ > 0) {
    found = tenant_table_.find_or_add(
        name, [this](std::string_view which) { return make_tenant(which); });
  }
  if (found == nullptr) found = &other_tenant_;
  return failed ? found->failed : found->succeeded;
}

void ObservedRoutes::upkeep(Instant) {
  constexpr int kTenantsEvery = 12;
  if (keep_slow_) {
    const std::lock_guard lock(mutex_);
    for (ObservedMethod& method : methods_) refresh_slow(method);
  }
  if (top_tenants_ > 0 && ++upkeeps_ % kTenantsEvery == 0) refresh_tenants();
}

void ObservedRoutes::refresh_slow(ObservedMethod& method) const {
  constexpr std::uint64_t kEnough = 100;
  HistogramPoint sum;
  const auto take = [&sum](const ObservedMethod::Series& one) {
    if (one.key != 0) lift::add(sum, one.duration.read());
  };
  std::ranges::for_each(method.series, take);
  std::ranges::for_each(method.more, take);
  HistogramPoint recent = sum;
  if (!subtract(recent, method.last_seen)) method.last_seen = {};
  if (recent.count < kEnough) return;
  // A quantile is off by half a bucket: what lies in its bucket is not slow.
  constexpr double kBucket = 1.0906;
  const std::chrono::duration<double> slow(kBucket * quantile(recent, 0.99).value_or(0));
  method.slow.store(std::chrono::duration_cast<Duration>(slow).count(), std::memory_order_relaxed);
  method.last_seen = std::move(sum);
}

void ObservedRoutes::exporting(const RequestRead& record, WallTime ended) {
  const RequestNumbers& numbers = record.numbers;
  if (!record.texts.tenant.empty()) (void)busiest_.add(record.texts.tenant);
  if (numbers.kept == Kept::no || numbers.duration_series == nullptr) return;
  numbers.duration_series->set_exemplar(
      {.value = std::chrono::duration<double>(numbers.duration).count(),
       .time = ended,
       .trace = numbers.trace,
       .span = numbers.span});
}

void ObservedRoutes::before_fork() {
  names_.lock();  // before mutex_, as find_or_add() takes them
  tenant_table_.lock();
  mutex_.lock();
}

void ObservedRoutes::after_fork() {
  mutex_.unlock();
  tenant_table_.unlock();
  names_.unlock();
}

/// Gives the places of tenants that have become quiet to busier ones. One that has a place keeps it
/// while it is among twice as many, so that two of a size do not take turns. When so many have
/// changed places that no more can, those who have one stay.
void ObservedRoutes::refresh_tenants() {
  if (tenant_table_.spent()) return;
  std::vector<TopK::Entry> top = busiest_.entries();
  top.resize(std::min(top.size(), 2 * top_tenants_));
  const std::vector<std::string> have = tenant_table_.names();
  std::size_t free = top_tenants_ - std::min(have.size(), top_tenants_);
  std::vector<std::string> leaving;
  for (const std::string& name : have) {
    if (std::ranges::find(top, name, &TopK::Entry::key) == top.end()) leaving.push_back(name);
  }
  for (std::size_t i = 0; i < std::min(top.size(), top_tenants_); ++i) {
    if (std::ranges::find(have, top[i].key) != have.end()) continue;
    if (free == 0 && leaving.empty()) break;
    if (free == 0) {
      tenant_table_.remove(leaving.back());
      tenants_.remove(leaving.back(), "success");
      tenants_.remove(leaving.back(), "error");
      leaving.pop_back();
    } else {
      --free;
    }
    (void)tenant_table_.find_or_add(top[i].key,
                                    [this](std::string_view name) { return make_tenant(name); });
  }
  busiest_ = TopK(kCandidates * top_tenants_);
}

}  // namespace lift::detail
