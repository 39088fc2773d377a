#include "lift/resilience/adaptive_limit.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace lift {
namespace {

constexpr int kAge = 10;           // windows of the mean
constexpr int kMostAtMinimum = 5;  // until the mean is measured anew
constexpr double kLost = 0.9;
constexpr double kManyLost = 0.01;
constexpr double kAsMuch = 0.9;  // of the most that lately came through

}  // namespace

Problems AdaptiveLimitOptions::validate() const {
  Problems problems;
  if (maximum < 1 || maximum > 1'000'000) {
    problems.add("maximum", std::to_string(maximum), "must be 1 to 1,000,000");
  }
  if (minimum < 1 || minimum > maximum) {
    problems.add("minimum", std::to_string(minimum), "must be 1 to `maximum`");
  }
  if (initial < minimum || initial > maximum) {
    problems.add("initial", std::to_string(initial), "must be `minimum` to `maximum`");
  }
  return problems;
}

void AdaptiveLimit::Pairs::add(double x, double y) noexcept {
  x_[next_] = x;
  y_[next_] = y;
  next_ = (next_ + 1) % kMost;
  size_ = std::min(size_ + 1, kMost);
}

double AdaptiveLimit::Pairs::correlation() const noexcept {
  if (size_ < kAge) return 0;
  const auto n = static_cast<double>(size_);
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < size_; ++i) mean_x += x_[i] / n, mean_y += y_[i] / n;
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const double dx = x_[i] - mean_x;
    const double dy = y_[i] - mean_y;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double AdaptiveLimit::Pairs::variation() const noexcept {
  if (size_ < kAge) return 1;
  const auto n = static_cast<double>(size_);
  double mean = 0;
  for (std::size_t i = 0; i < size_; ++i) mean += y_[i] / n;
  double square = 0;
  for (std::size_t i = 0; i < size_; ++i) square += (y_[i] - mean) * (y_[i] - mean) / n;
  return mean > 0 ? std::sqrt(square) / mean : 1;
}

double AdaptiveLimit::Pairs::most() const noexcept {
  return *std::max_element(y_.begin(), y_.begin() + static_cast<std::ptrdiff_t>(size_));
}

AdaptiveLimit::AdaptiveLimit(const AdaptiveLimitOptions& options) noexcept
    : options_(options), limit_(options.initial) {}

void AdaptiveLimit::window(const Window& window) noexcept {
  if (window.ended < kLeastEnded) return;
  const double queue = queue_at(static_cast<double>(window.latency.count()));
  const double scale = std::log10(std::max(limit_, 10.0));
  const double few = 3 * scale;
  if (2 * window.most_at_work < limit_) {
    if (queue < few && limit_ < options_.initial) change(scale);
    return;
  }
  // A few always are, such as those whose callers gave them no time.
  if (static_cast<double>(window.lost) >= kManyLost * static_cast<double>(window.ended)) {
    return change(limit_ * (kLost - 1));
  }
  throughput_.add(window.most_at_work, window.throughput);
  latency_.add(window.most_at_work, static_cast<double>(window.latency.count()));
  const bool used_up = window.most_at_work >= limit();
  if (queue > 2 * few || (used_up && does_no_good(window.throughput))) {
    change(-scale);
  } else if (queue < few) {
    change(scale);
  }
}

/// And takes this latency into the mean.
double AdaptiveLimit::queue_at(double latency) noexcept {
  if (windows_ < kAge) {
    mean_ += (latency - mean_) / ++windows_;
  } else {
    mean_ += (latency - mean_) * 2 / (kAge + 1);
  }
  return latency > mean_ ? std::ceil(limit_ * (1 - mean_ / latency)) : 0;
}

bool AdaptiveLimit::does_no_good(double throughput) const noexcept {
  if (throughput < kAsMuch * throughput_.most()) return false;
  const double through = throughput_.correlation();
  const double slow = latency_.correlation();
  return through < 0 || (through < 0.3 && slow > 0.5) ||
         (throughput_.variation() < 0.2 && slow > 0.5);
}

void AdaptiveLimit::change(double by) noexcept {
  limit_ = std::clamp(limit_ + by, static_cast<double>(options_.minimum),
                      static_cast<double>(options_.maximum));
  at_minimum_ = limit_ <= options_.minimum ? at_minimum_ + 1 : 0;
  if (at_minimum_ < kMostAtMinimum) return;
  // The mean may be one of a queue: what is measured at the minimum is not.
  at_minimum_ = 0;
  windows_ = 0;
  mean_ = 0;
}

}  // namespace lift
