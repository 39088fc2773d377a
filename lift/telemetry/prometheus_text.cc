// Prometheus's text format 0.0.4 and OpenMetrics 1.0, which differ little.

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "lift/base/utf8.h"
#include "lift/telemetry/detail/prometheus_names.h"
#include "lift/telemetry/prometheus.h"

namespace lift {
namespace {

enum class Dialect : bool { text, open_metrics };

template <class Number>
void append_digits(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// The fewest digits that read back as the same number; whole ones without an exponent.
void append_number(std::string& out, double number) {
  constexpr double kExact = 0x1p53;
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number > 0 ? "+Inf" : "-Inf";
  } else if (number == std::trunc(number) && std::abs(number) < kExact) {
    append_digits(out, static_cast<std::int64_t>(number));
  } else {
    append_digits(out, number);
  }
}

/// Seconds since 1970, without zeros at the end of the fraction.
void append_time(std::string& out, WallTime time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t nanoseconds = std::max<std::int64_t>(0, time.time_since_epoch().count());
  append_digits(out, nanoseconds / kSecond);
  std::string fraction = std::to_string(kSecond + nanoseconds % kSecond);  // a 1, then nine digits
  fraction.front() = '.';
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.size() > 1) out += fraction;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

void append_labels(std::string& out, std::span<const Label> labels) {
  char before = '{';
  for (const auto& [name, value] : labels) {
    out += before;
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
    before = ',';
  }
  if (before == '{') out += '{';
  out += '}';
}

class TextEncoder {
 public:
  TextEncoder(Dialect dialect, WallTime start, std::string& out) noexcept
      : open_(dialect == Dialect::open_metrics), start_(start), out_(out) {}

  void target(const Resource& resource) {
    head(open_ ? "target" : "target_info", open_ ? "info" : "gauge", "Who is measured.");
    sample("target_info", {}, detail::target_labels(resource));
    out_ += " 1\n";
  }
  void family(const MetricFamily& family) {
    name_ = prometheus_name(family.name, family.unit, family.kind);
    const bool total = family.kind == MetricKind::counter && !open_;
    head(total ? name_ + "_total" : name_, type_of(family.kind), family.description);
    const std::string unit = detail::prometheus_unit(family.unit, family.kind);
    if (open_ && !unit.empty()) out_ += "# UNIT " + name_ + ' ' + unit + '\n';
    for (const MetricPoint& point : family.points) {
      const std::vector<Label> labels = detail::prometheus_labels(point.labels);
      if (point.histogram) {
        histogram(*point.histogram, family.bounds, labels);
      } else if (family.kind == MetricKind::counter) {
        counter(point, labels);
      } else {
        sample(name_, {}, labels);
        value(point.value);
      }
    }
  }

 private:
  static std::string_view type_of(MetricKind kind) noexcept {
    if (kind == MetricKind::counter) return "counter";
    return kind == MetricKind::histogram ? "histogram" : "gauge";
  }
  void head(std::string_view name, std::string_view type, std::string_view help) {
    if (!help.empty()) {
      out_.append("# HELP ").append(name) += ' ';
      append_escaped(out_, to_utf8(help), open_);
      out_ += '\n';
    }
    out_.append("# TYPE ").append(name).append(" ").append(type) += '\n';
  }
  void sample(std::string_view name, std::string_view suffix, std::span<const Label> labels) {
    out_.append(name).append(suffix);
    if (!labels.empty()) append_labels(out_, labels);
  }
  void value(double number) {
    out_ += ' ';
    append_number(out_, number);
    out_ += '\n';
  }
  void created(std::span<const Label> labels) {
    if (!open_) return;
    sample(name_, "_created", labels);
    out_ += ' ';
    append_time(out_, start_);
    out_ += '\n';
  }
  void exemplar(const Exemplar* exemplar) {
    if (!open_ || exemplar == nullptr) return;
    out_ += " # ";
    append_labels(out_, detail::exemplar_labels(*exemplar));
    out_ += ' ';
    append_number(out_, exemplar->value);
    out_ += ' ';
    append_time(out_, exemplar->time);
  }
  void counter(const MetricPoint& point, std::span<const Label> labels) {
    sample(name_, "_total", labels);
    out_ += ' ';
    append_number(out_, point.value);
    exemplar(point.exemplar ? &*point.exemplar : nullptr);
    out_ += '\n';
    created(labels);
  }
  void histogram(const HistogramPoint& point, const std::vector<double>& bounds,
                 const std::vector<Label>& labels) {
    std::vector<Label> with_bound = labels;
    with_bound.emplace_back("le", "");
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < point.explicit_counts.size(); ++i) {
      below += point.explicit_counts[i];
      with_bound.back().second = bound_text(i < bounds.size() ? bounds[i] : kInfinity);
      sample(name_, "_bucket", with_bound);
      out_ += ' ';
      append_digits(out_, below);
      exemplar(detail::exemplar_of(point, bounds, i));
      out_ += '\n';
    }
    sample(name_, "_sum", labels);
    value(point.sum);
    sample(name_, "_count", labels);
    out_ += ' ';
    append_digits(out_, point.count);
    out_ += '\n';
    created(labels);
  }
  /// OpenMetrics wants bounds to look like no integer, so that one bound has one text.
  [[nodiscard]] std::string bound_text(double bound) const {
    std::string text;
    append_number(text, bound);
    if (open_ && text.find_first_not_of("0123456789") == std::string::npos) text += ".0";
    return text;
  }

  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  bool open_;
  WallTime start_;
  std::string& out_;
  std::string name_;  // of the family at hand
};

void encode_text(Dialect dialect, const MetricSnapshot& snapshot, const Resource& resource,
                 std::string& out) {
  TextEncoder encoder(dialect, snapshot.start, out);
  encoder.target(resource);
  for (const MetricFamily& family : snapshot.families) encoder.family(family);
}

}  // namespace

void encode_prometheus_text(const MetricSnapshot& snapshot, const Resource& resource,
                            std::string& out) {
  encode_text(Dialect::text, snapshot, resource, out);
}

void encode_openmetrics(const MetricSnapshot& snapshot, const Resource& resource,
                        std::string& out) {
  encode_text(Dialect::open_metrics, snapshot, resource, out);
  out += "# EOF\n";
}

}  // namespace lift
