#include "lift/export/otlp_options.h"

#include <charconv>

#include "lift/base/ascii.h"
#include "lift/http/headers.h"
#include "lift/http/target.h"
#include "lift/http/transport.h"

namespace lift {
namespace {

constexpr std::string_view kDefaultBase = "http://localhost:4318";

std::string_view upper_name(Signal signal) noexcept {
  switch (signal) {
    case Signal::logs:
      return "LOGS";
    case Signal::traces:
      return "TRACES";
    case Signal::metrics:
      break;
  }
  return "METRICS";
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A variable of one signal, or of all.
struct Setting {
  std::string name;
  std::string value;
  bool own = false;
};

class Environment {
 public:
  Environment(Signal signal, const ReadVariable& variable) : signal_(signal), variable_(variable) {}

  [[nodiscard]] std::optional<Setting> get(std::string_view what) const {
    const std::string prefix = "OTEL_EXPORTER_OTLP_";
    const std::string own = prefix + std::string(upper_name(signal_)) + "_" + std::string(what);
    for (const std::string& name : {own, prefix + std::string(what)}) {
      const std::optional<std::string> value = variable_(name);
      if (!value || trimmed(*value).empty()) continue;
      return Setting{.name = name, .value = std::string(trimmed(*value)), .own = name == own};
    }
    return std::nullopt;
  }

 private:
  Signal signal_;
  const ReadVariable& variable_;
};

void read_endpoint(const Environment& env, Signal signal, std::string& endpoint,
                   Problems& problems) {
  const auto setting = env.get("ENDPOINT");
  endpoint = setting ? setting->value : std::string(kDefaultBase);
  // The one for all signals is a base; a signal's own is taken as it is.
  if (!setting || !setting->own) {
    if (!endpoint.ends_with('/')) endpoint += '/';
    endpoint += "v1/" + std::string(to_string(signal));
  }
  if (setting && !Url::parse(endpoint)) {
    problems.add(setting->name, setting->value, "must be an http or https URL");
  }
}

/// `name=value,name=value`, values percent-encoded, as W3C Baggage has them.
bool read_headers(std::string_view text, std::vector<std::pair<std::string, std::string>>& out) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view member = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string name(trimmed(member.substr(0, equals)));
    const auto value = percent_decode(trimmed(member.substr(equals + 1)));
    Headers probe;
    if (!value || !probe.add(name, *value)) return false;
    out.emplace_back(name, *value);
  }
  return true;
}

void read_timeout(const Setting& setting, SenderOptions& sender, Problems& problems) {
  std::uint32_t ms = 0;
  const std::string_view text = setting.value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc{} || end != text.data() + text.size() || ms < 10 || ms > 600'000) {
    problems.add(setting.name, setting.value, "must be milliseconds from 10 to 600000");
    return;
  }
  sender.timeout = std::chrono::milliseconds(ms);
  sender.give_up_after = std::max(sender.give_up_after, sender.timeout);
}

}  // namespace

Problems OtlpDestinationOptions::validate() const {
  Problems problems;
  if (!Url::parse(endpoint)) problems.add("endpoint", endpoint, "must be an http or https URL");
  for (const auto& [name, value] : headers) {
    Headers probe;
    if (!probe.add(name, value)) problems.add("headers", name, "must be the name of a header");
  }
  const Problems encoding = OtlpOptions{.format = format, .value_cap = value_cap}.validate();
  for (const Problem& p : encoding.list()) problems.add(p.field, p.value, p.rule);
  problems.add_all("sender", sender.validate());
  return problems;
}

Result<OtlpDestinationOptions> otlp_from_environment(Signal signal, const ReadVariable& variable) {
  const Environment env(signal, variable);
  OtlpDestinationOptions options;
  Problems problems;
  read_endpoint(env, signal, options.endpoint, problems);
  if (const auto headers = env.get("HEADERS")) {
    if (!read_headers(headers->value, options.headers)) {
      problems.add(headers->name, "(not shown)", "must be name=value pairs, joined by commas");
    }
  }
  if (const auto protocol = env.get("PROTOCOL")) {
    options.format = protocol->value == "http/json" ? OtlpFormat::json : OtlpFormat::protobuf;
    if (protocol->value != "http/json" && protocol->value != "http/protobuf") {
      problems.add(protocol->name, protocol->value, "must be http/protobuf or http/json");
    }
  }
  if (const auto compression = env.get("COMPRESSION")) {
    options.gzip = compression->value == "gzip";
    if (compression->value != "gzip" && compression->value != "none") {
      problems.add(compression->name, compression->value, "must be gzip or none");
    }
  }
  if (const auto timeout = env.get("TIMEOUT")) read_timeout(*timeout, options.sender, problems);
  if (const Result<> valid = problems.as_result(); !valid) return std::unexpected(valid.error());
  return options;
}

}  // namespace lift
