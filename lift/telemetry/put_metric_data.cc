#include "lift/telemetry/put_metric_data.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "lift/base/ascii.h"
#include "lift/base/rfc3339.h"

namespace lift {
namespace {

const double kLargest = std::ldexp(1.0, 360);

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (ascii::is_letter(c) || ascii::is_digit(c) || std::string_view("-._~").contains(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  append_escaped(out, {digits.data(), end});
}

/// One datum of a body: `MetricData.member.3.…`.
class Datum {
 public:
  Datum(std::string& out, std::size_t number) : out_(out), prefix_("&MetricData.member.") {
    append_number(prefix_, number);
    prefix_ += '.';
  }
  void text(std::string_view name, std::string_view value) {
    append(name);
    append_escaped(out_, value);
  }
  template <class Number>
  void number(std::string_view name, Number value) {
    append(name);
    append_number(out_, value);
  }
  /// `Values.member.2`, `Dimensions.member.2.Name`: `index` counts from 0.
  template <class Value>
  void member(std::string_view list, std::size_t index, std::string_view name, const Value& value) {
    out_ += prefix_;
    out_.append(list).append(".member.");
    append_number(out_, index + 1);
    out_.append(name) += '=';
    if constexpr (std::is_arithmetic_v<Value>) {
      append_number(out_, value);
    } else {
      append_escaped(out_, value);
    }
  }

 private:
  void append(std::string_view name) { out_.append(prefix_).append(name) += '='; }

  std::string& out_;
  std::string prefix_;
};

class Bodies {
 public:
  Bodies(std::string_view metric_namespace, WallTime at) {
    head_ = "Action=PutMetricData&Version=2010-08-01&Namespace=";
    append_escaped(head_, metric_namespace);
    std::array<char, kRfc3339Room> time;
    time_.assign(time.data(), write_rfc3339(time.data(), at, 0));
  }

  void add(const CloudWatchSeries& series) {
    std::vector<WeightedValue> values;
    for (const WeightedValue& value : series.values) {
      if (std::isfinite(value.value) && std::abs(value.value) <= kLargest) {
        values.push_back(value);
      } else {
        out_.refused_values += value.count;
      }
    }
    for (std::span<const WeightedValue> rest = values; !rest.empty();) {
      const std::size_t some = std::min(rest.size(), kPutMetricValues);
      add(series, rest.first(some));
      rest = rest.subspan(some);
    }
  }
  [[nodiscard]] PutMetricData take() { return std::move(out_); }

 private:
  void add(const CloudWatchSeries& series, std::span<const WeightedValue> values) {
    if (out_.bodies.empty() || in_body_ == kPutMetricDatums) begin();
    const std::size_t before = out_.bodies.back().size();
    append(out_.bodies.back(), series, values);
    if (out_.bodies.back().size() > kPutMetricBytes) {
      out_.bodies.back().resize(before);
      begin();
      append(out_.bodies.back(), series, values);
    }
    ++out_.datums;
  }
  void begin() {
    out_.bodies.push_back(head_);
    in_body_ = 0;
  }
  void append(std::string& body, const CloudWatchSeries& series,
              std::span<const WeightedValue> values) {
    Datum datum(body, ++in_body_);
    datum.text("MetricName", series.name);
    for (std::size_t i = 0; i < series.dimensions.size(); ++i) {
      datum.member("Dimensions", i, ".Name", series.dimensions[i].first);
      datum.member("Dimensions", i, ".Value", series.dimensions[i].second);
    }
    datum.text("Timestamp", time_);
    if (values.size() == 1 && values[0].count == 1) {
      datum.number("Value", values[0].value);
    } else {
      for (std::size_t i = 0; i < values.size(); ++i)
        datum.member("Values", i, "", values[i].value);
      for (std::size_t i = 0; i < values.size(); ++i)
        datum.member("Counts", i, "", values[i].count);
    }
    datum.text("Unit", to_string(series.unit));
    datum.number("StorageResolution", 60);
  }

  std::string head_;
  std::string time_;
  std::size_t in_body_ = 0;
  PutMetricData out_;
};

}  // namespace

bool is_metric_namespace(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view(".-_/#:").contains(c);
  };
  return !name.empty() && name.size() <= 255 && name.front() != ':' && !name.starts_with("AWS/") &&
         std::ranges::all_of(name, allowed);
}

PutMetricData put_metric_data(std::string_view metric_namespace,
                              std::span<const CloudWatchSeries> series, WallTime at) {
  Bodies bodies(metric_namespace, at);
  for (const CloudWatchSeries& one : series) bodies.add(one);
  return bodies.take();
}

}  // namespace lift
