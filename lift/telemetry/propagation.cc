#include "lift/telemetry/propagation.h"

#include <cstring>

#include "lift/base/ascii.h"

namespace lift {
namespace {

constexpr unsigned kSampledFlag = 1;
constexpr unsigned kRandomFlag = 2;

int lower_hex(char c) noexcept { return c >= 'A' && c <= 'F' ? -1 : ascii::hex_value(c); }

/// Two lower-case digits, -1 for anything else.
int hex_byte(std::string_view text, std::size_t at) noexcept {
  const int high = lower_hex(text[at]);
  const int low = lower_hex(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/// Sets `value` at its first mention; false at the second.
bool set_once(std::optional<std::string_view>& value, std::string_view text) noexcept {
  if (value) return false;
  value = text;
  return true;
}

Sampled read_sampled(std::string_view text) noexcept {
  if (text == "1") return Sampled::yes;
  return text == "0" ? Sampled::no : Sampled::undecided;
}

void put(std::string_view text, char*& at) noexcept {
  std::memcpy(at, text.data(), text.size());
  at += text.size();
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept {
  text = ascii::trim(text);
  if (text.size() < kTraceparentSize) return std::nullopt;
  const int version = hex_byte(text, 0);
  const int flags = hex_byte(text, 53);
  if (version < 0 || version == 0xff || flags < 0) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (text.size() > kTraceparentSize && (version == 0 || text[55] != '-')) return std::nullopt;
  const auto trace = parse_trace_id(text.substr(3, 32));
  const auto span = parse_span_id(text.substr(36, 16));
  if (!trace || !span) return std::nullopt;
  const auto bits = static_cast<unsigned>(flags);
  return TraceContext{.trace = *trace,
                      .span = *span,
                      .sampled = (bits & kSampledFlag) != 0,
                      .random = (bits & kRandomFlag) != 0,
                      .state = {}};
}

std::optional<XrayTrace> parse_xray(std::string_view text) noexcept {
  std::optional<std::string_view> root;
  std::optional<std::string_view> parent;
  std::optional<std::string_view> sampled;
  while (!text.empty()) {
    std::string_view value = ascii::cut(text, ';');
    const std::string_view name = ascii::trim(ascii::cut(value, '='));
    value = ascii::trim(value);
    bool first = true;
    if (ascii::same(name, "Root")) first = set_once(root, value);
    if (ascii::same(name, "Parent")) first = set_once(parent, value);
    if (ascii::same(name, "Sampled")) first = set_once(sampled, value);
    if (!first) return std::nullopt;
  }
  const auto trace = root ? parse_xray_id(*root) : std::nullopt;
  if (!trace) return std::nullopt;
  const auto span = parent ? parse_span_id(*parent) : std::nullopt;
  return XrayTrace{.trace = *trace,
                   .parent = span.value_or(SpanId{}),
                   .sampled = sampled ? read_sampled(*sampled) : Sampled::undecided};
}

Extracted extract(const TraceHeaders& headers, Arena& arena) {
  Extracted out;
  if (headers.traceparent_count == 1) {
    if (const auto parsed = parse_traceparent(headers.traceparent)) {
      out.context = *parsed;
      out.sampled = parsed->sampled ? Sampled::yes : Sampled::no;
      out.source = TraceSource::w3c;
      const auto state = parse_tracestate(headers.tracestate, arena);
      out.context.state = state.value_or(std::string_view{});
      out.malformed = !state;
      return out;
    }
  }
  out.malformed = headers.traceparent_count > 0;
  if (headers.xray.empty()) return out;
  const auto xray = parse_xray(headers.xray);
  if (!xray) {
    out.malformed = true;
    return out;
  }
  out.context.trace = xray->trace;
  out.context.span = xray->parent;
  out.context.sampled = xray->sampled == Sampled::yes;
  out.sampled = xray->sampled;
  out.source = TraceSource::xray;
  return out;
}

void write_traceparent(const TraceId& trace, SpanId parent, bool sampled, bool random,
                       std::array<char, kTraceparentSize>& out) noexcept {
  std::array<char, 32> trace_hex;
  std::array<char, 16> span_hex;
  to_hex(trace, trace_hex);
  to_hex(parent, span_hex);
  const unsigned flags = (sampled ? kSampledFlag : 0) | (random ? kRandomFlag : 0);
  const char last = static_cast<char>('0' + flags);
  char* at = out.data();
  put("00-", at);
  put({trace_hex.data(), trace_hex.size()}, at);
  put("-", at);
  put({span_hex.data(), span_hex.size()}, at);
  put("-0", at);
  put({&last, 1}, at);
}

std::string_view write_xray(const TraceId& trace, SpanId parent, Sampled sampled,
                            std::array<char, kXraySize>& out) noexcept {
  std::array<char, 35> root;
  to_xray(trace, root);
  char* at = out.data();
  put("Root=", at);
  put({root.data(), root.size()}, at);
  if (parent.valid()) {
    std::array<char, 16> hex;
    to_hex(parent, hex);
    put(";Parent=", at);
    put({hex.data(), hex.size()}, at);
  }
  if (sampled != Sampled::undecided) put(sampled == Sampled::yes ? ";Sampled=1" : ";Sampled=0", at);
  return {out.data(), static_cast<std::size_t>(at - out.data())};
}

}  // namespace lift
