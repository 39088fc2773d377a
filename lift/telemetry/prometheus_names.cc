#include "lift/telemetry/detail/prometheus_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/base/utf8.h"
#include "lift/telemetry/prometheus.h"

namespace lift {
namespace detail {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

// OpenTelemetry's table of UCUM units, and what follows "per".
constexpr std::array<Word, 25> kUnits = {{
    {"d", "days"},          {"h", "hours"},         {"min", "minutes"},    {"s", "seconds"},
    {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"}, {"By", "bytes"},
    {"KiBy", "kibibytes"},  {"MiBy", "mebibytes"},  {"GiBy", "gibibytes"}, {"TiBy", "tibibytes"},
    {"KBy", "kilobytes"},   {"MBy", "megabytes"},   {"GBy", "gigabytes"},  {"TBy", "terabytes"},
    {"m", "meters"},        {"V", "volts"},         {"A", "amperes"},      {"J", "joules"},
    {"W", "watts"},         {"g", "grams"},         {"Cel", "celsius"},    {"Hz", "hertz"},
    {"%", "percent"},
}};
constexpr std::array<Word, 7> kPer = {{
    {"s", "second"},
    {"m", "minute"},
    {"h", "hour"},
    {"d", "day"},
    {"w", "week"},
    {"mo", "month"},
    {"y", "year"},
}};

bool is_plain(char c) noexcept { return ascii::is_letter(c) || ascii::is_digit(c); }

/// Letters and digits, with one `_` for whatever stands between them.
std::string words(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  if (out.ends_with('_')) out.pop_back();
  return out;
}

std::string word_for(std::span<const Word> table, std::string_view unit) {
  const auto found = std::ranges::find(table, unit, &Word::first);
  return found != table.end() ? std::string(found->second) : words(unit);
}

/// Without what stands in braces: an annotation.
std::string without_annotations(std::string_view unit) {
  std::string out;
  int depth = 0;
  for (const char c : unit) {
    if (c == '{') ++depth;
    if (depth == 0) out += c;
    if (c == '}' && depth > 0) --depth;
  }
  return out;
}

}  // namespace

std::string prometheus_unit(std::string_view unit, MetricKind kind) {
  const std::string plain = without_annotations(unit);
  if (plain == "1") return kind == MetricKind::gauge ? "ratio" : "";
  std::string_view rest = plain;
  std::string main = word_for(kUnits, ascii::cut(rest, '/'));
  const std::string per = word_for(kPer, rest);
  if (per.empty()) return main;
  return main.empty() || main == "1" ? "per_" + per : main + "_per_" + per;
}

std::vector<Label> prometheus_labels(std::span<const Label> labels) {
  std::vector<const Label*> ordered;
  for (const Label& label : labels) ordered.push_back(&label);
  std::ranges::sort(ordered, {}, [](const Label* label) { return label->first; });
  std::vector<Label> merged;
  for (const Label* label : ordered) {
    std::string name = prometheus_label(label->first);
    const auto there = std::ranges::find(merged, name, &Label::first);
    if (there == merged.end()) {
      merged.emplace_back(std::move(name), to_utf8(label->second));
    } else {
      there->second += ';' + to_utf8(label->second);
    }
  }
  return merged;
}

std::vector<Label> target_labels(const Resource& resource) {
  std::vector<Label> labels;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) labels.emplace_back(name, value);
  };
  add("service.name", resource.service);
  add("service.version", resource.version);
  add("deployment.environment.name", resource.environment);
  add("service.instance.id", resource.instance);
  for (const auto& [name, value] : resource.tags) add(name, value);
  return prometheus_labels(labels);
}

std::vector<Label> exemplar_labels(const Exemplar& exemplar) {
  std::vector<Label> labels;
  std::array<char, 32> trace;
  std::array<char, 16> span;
  to_hex(exemplar.trace, trace);
  to_hex(exemplar.span, span);
  if (exemplar.trace.valid()) labels.emplace_back("trace_id", std::string(trace.data(), 32));
  if (exemplar.span.valid()) labels.emplace_back("span_id", std::string(span.data(), 16));
  return labels;
}

std::vector<std::string> prometheus_names(std::string_view name, std::string_view unit,
                                          MetricKind kind) {
  const std::string base = prometheus_name(name, unit, kind);
  switch (kind) {
    case MetricKind::counter:
      return {base, base + "_total", base + "_created"};
    case MetricKind::histogram:
      return {base, base + "_bucket", base + "_count", base + "_sum", base + "_created"};
    default:
      return {base};
  }
}

const Exemplar* exemplar_of(const HistogramPoint& point, std::span<const double> bounds,
                            std::size_t bucket) {
  for (const Exemplar& exemplar : point.exemplars) {
    const auto above = std::ranges::lower_bound(bounds, exemplar.value);
    if (static_cast<std::size_t>(above - bounds.begin()) == bucket) return &exemplar;
  }
  return nullptr;
}

}  // namespace detail

std::string prometheus_name(std::string_view name, std::string_view unit, MetricKind kind) {
  constexpr std::string_view kTotal = "_total";
  std::string out = detail::words(name);
  if (out.empty() || ascii::is_digit(out.front())) out.insert(0, "_");
  if (kind == MetricKind::counter && out.ends_with(kTotal) && out.size() > kTotal.size()) {
    out.erase(out.size() - kTotal.size());
  }
  const std::string suffix = detail::prometheus_unit(unit, kind);
  if (!suffix.empty() && !out.ends_with("_" + suffix)) out += '_' + suffix;
  return out;
}

std::string prometheus_label(std::string_view name) {
  std::string out(name);
  std::ranges::replace_if(out, [](char c) { return !detail::is_plain(c) && c != '_'; }, '_');
  if (out.empty() || ascii::is_digit(out.front())) out.insert(0, "_");
  return out;
}

}  // namespace lift
