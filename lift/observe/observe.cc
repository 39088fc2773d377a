#include "lift/observe/observe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/observe/detail/observed_request.h"
#include "lift/telemetry/probability.h"
#include "lift/telemetry/propagation.h"

namespace lift {
namespace {

using detail::ObservedRequest;
using detail::ObservedRoute;
using detail::SeriesKey;

// Bodies are redacted whole before they are cut, so a little more than the cut is carried; a larger
// one is told by its size only.
constexpr std::size_t kMostBodyCarried = 16'384;
constexpr int kServerError = 500;

SeriesKey::ErrorType error_of(const Outcome& outcome, int status, bool threw) noexcept {
  if (outcome.kind == OutcomeKind::timeout) return SeriesKey::ErrorType::timeout;
  if (threw) return SeriesKey::ErrorType::exception;
  if (status >= kServerError) return SeriesKey::ErrorType::status;
  return outcome.kind == OutcomeKind::failure ? SeriesKey::ErrorType::exception
                                              : SeriesKey::ErrorType::none;
}

LogLevel level_of(const Outcome& outcome, bool failed) noexcept {
  if (outcome.kind == OutcomeKind::rejected) return LogLevel::warn;
  return failed ? LogLevel::error : LogLevel::info;
}

bool cancelled(const Outcome& outcome) noexcept {
  return outcome.kind == OutcomeKind::cancelled_by_caller ||
         outcome.kind == OutcomeKind::cancelled_by_us;
}

/// Of the types that are shown everything but a form is JSON.
bool is_json(std::string_view content_type) noexcept {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  return !ascii::same(content_type.substr(0, kForm.size()), kForm);
}

std::string_view answer_of(const Extractor& extractor, Context& ctx,
                           std::string_view otherwise) noexcept {
  try {
    return extractor(ctx);
  } catch (...) {
    return otherwise;
  }
}

/// What an extractor says; `otherwise` where there is none or it throws.
std::string_view said(const Extractor& extractor, Context& ctx,
                      std::string_view otherwise) noexcept {
  return extractor ? answer_of(extractor, ctx, otherwise) : otherwise;
}

/// The `tracestate` fields of a request; of more than there may be members the first.
std::span<const std::string_view> states(Context& ctx, std::size_t count) {
  if (count == 0) return {};
  count = std::min(count, kMaxTraceStateMembers);
  auto* first = static_cast<std::string_view*>(
      ctx.arena().allocate(count * sizeof(std::string_view), alignof(std::string_view)));
  std::size_t found = 0;
  ctx.request().headers.for_each(kTracestateHeader, [&](std::string_view value) {
    if (found < count) ::new (first + found++) std::string_view(value);
  });
  return {first, found};
}

}  // namespace

/// What the layer reads of the headers, beside the user agent.
struct Observe::Seen {
  std::string_view traceparent;
  std::size_t traceparents = 0;
  std::size_t states = 0;
  std::string_view xray;
};

Result<std::shared_ptr<Observe>> Observe::make(const ObserveOptions& options,
                                               std::shared_ptr<Telemetry> telemetry) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  auto sampler = Sampler::make(options.sampling);
  if (!sampler) return std::unexpected(sampler.error());
  return std::shared_ptr<Observe>(new Observe(options, std::move(telemetry), std::move(*sampler)));
}

Observe::Observe(const ObserveOptions& options, std::shared_ptr<Telemetry> telemetry,
                 std::shared_ptr<Sampler> sampler)
    : options_(options),
      telemetry_(std::move(telemetry)),
      trail_settings_{telemetry_->records(), telemetry_->levels(), options_.limits,
                      options_.hold_debug},
      request_lines_(&telemetry_->levels().module("request")),
      sampler_(std::move(sampler)),
      routes_(std::make_shared<detail::ObservedRoutes>(options_, *telemetry_, sampler_)) {
  malformed_ = telemetry_->metrics().counter(
      {.name = "lift.trace.malformed",
       .description = "Requests whose trace headers could not be used."});
  telemetry_->keep_up(routes_);
}

ObservedRoute* Observe::bind(const RouteFacts& facts) { return &routes_->add(facts.operation); }

/// One pass; names of other lengths are passed over unread.
void Observe::look(const Headers& headers, Seen& seen, std::string_view& user_agent) noexcept {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.size() == kTracestateHeader.size()) {
      if (Headers::same_name(name, "user-agent")) {
        user_agent = value;
      } else if (Headers::same_name(name, kTracestateHeader)) {
        ++seen.states;
      }
    } else if (name.size() == kTraceparentHeader.size()) {
      if (!Headers::same_name(name, kTraceparentHeader)) continue;
      seen.traceparent = value;
      ++seen.traceparents;
    } else if (name.size() == kXrayHeader.size() && Headers::same_name(name, kXrayHeader)) {
      seen.xray = value;
    }
  }
}

Verdict Observe::enter(Context& ctx, Slot& slot) {
  auto& request = ctx.arena().make<ObservedRequest>(trail_settings_, ctx.arena(), ctx.loop());
  slot.request = &request;
  request.route = &ctx.bound<ObservedRoute>();
  request.method = &routes_->method(*request.route, ctx.request().method);
  Seen seen;
  look(ctx.request().headers, seen, request.record.texts.user_agent);
  begin_trace(ctx, request, seen);
  ctx.set_trail(&request.trail);
  if (options_.metrics) routes_->active(ctx.request().method).add(1);
  return Verdict::proceed;
}

void Observe::begin_trace(Context& ctx, ObservedRequest& request, const Seen& seen) {
  Trail& trail = request.trail;
  Sampled asked = Sampled::undecided;
  const bool continues = (seen.traceparents > 0 || !seen.xray.empty()) && !sampler_->restarts();
  if (!continues || !continue_trace(ctx, trail, seen, asked)) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(telemetry_->wall(ctx.start()));
    trail.trace.trace = new_trace_id(seconds.time_since_epoch().count(), ctx.loop().random());
    trail.trace.random = true;
  }
  trail.trace.span = new_span_id(ctx.loop().random());
  // Without traces of our own the caller's decision is still what those whom we call go by.
  trail.trace.sampled = asked == Sampled::yes;
  if (!options_.traces) return;
  const Decision head = sampler_->decide(request.method->sampling_rule, trail.trace.trace,
                                         ctx.start(), asked, trail.trace.state);
  trail.trace.sampled = head.sampled;
  request.record.numbers.sampling_probability = head.probability;
  if (head.threshold && head.sampled && *head.threshold > 0) {
    trail.trace.state = with_threshold(trail.trace.state, *head.threshold, ctx.arena());
  }
}

/// False if the headers say nothing that can be continued.
bool Observe::continue_trace(Context& ctx, Trail& trail, const Seen& seen, Sampled& asked) {
  const Extracted in = extract({.traceparent = seen.traceparent,
                                .traceparent_count = seen.traceparents,
                                .tracestate = states(ctx, seen.states),
                                .xray = seen.xray},
                               ctx.arena());
  if (in.malformed) malformed_.add();
  if (in.source == TraceSource::none) return false;
  trail.trace = in.context;
  trail.trace.sampled = false;
  trail.parent = in.context.span;
  asked = in.sampled;
  return true;
}

void Observe::leave(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  RequestRecord& record = slot.request->record;
  const Response& response = ctx.response();
  record.numbers.status = cancelled(outcome) ? 0 : static_cast<std::uint16_t>(response.status);
  record.numbers.response_bytes = response.body.size();
  if (!options_.bodies.response || response.body.streaming()) return;
  const std::string_view shown = shown_body(response.headers, response.body.bytes());
  record.texts.response_body = ctx.arena().copy(shown);
  record.numbers.response_body_json = is_json(response.headers.value("content-type"));
}

std::string_view Observe::shown_body(const Headers& headers, std::string_view body) const noexcept {
  std::string_view type = headers.value("content-type");
  type = ascii::trim(ascii::cut(type, ';'));
  const auto shows = [type](const std::string& allowed) {
    const std::size_t star = allowed.find('*');
    if (star == std::string::npos) return ascii::same(allowed, type);
    const std::string_view suffix = std::string_view(allowed).substr(star + 1);
    return type.size() > star + suffix.size() &&
           ascii::same(type.substr(0, star), allowed.substr(0, star)) &&
           ascii::same(type.substr(type.size() - suffix.size()), suffix);
  };
  if (std::ranges::none_of(options_.bodies.content_types, shows)) return {};
  return body.size() <= kMostBodyCarried ? body : std::string_view("\"[too large to be shown]\"");
}

void Observe::end(Context& ctx, Slot& slot, const Outcome& outcome) noexcept {
  ObservedRequest& request = *slot.request;
  if (ctx.unobserved()) {
    if (options_.metrics) routes_->active(ctx.request().method).add(-1);
    return;
  }
  if (const std::string_view name = said(options_.operation, ctx, {}); !name.empty()) {
    request.route = &routes_->named(name);
    request.method = &routes_->method(*request.route, ctx.request().method);
  }
  request.record.texts.tenant = said(options_.tenant, ctx, ctx.tenant());
  judge(ctx, request, outcome);
  if (options_.metrics) count(ctx, request);
  const bool lines = request.trail.lines().count > 0;  // what the handler says is not ours to drop
  if (options_.logs || options_.traces || lines) record(ctx, request);
}

/// How it went, and which series has it.
void Observe::judge(Context& ctx, ObservedRequest& request, const Outcome& outcome) {
  RequestNumbers& numbers = request.record.numbers;
  const bool threw = !request.trail.error.empty() && numbers.status >= kServerError;
  const SeriesKey::ErrorType error = error_of(outcome, numbers.status, threw);
  numbers.duration = outcome.duration;
  numbers.outcome = static_cast<std::uint8_t>(outcome.kind);
  numbers.failed = error != SeriesKey::ErrorType::none;
  numbers.threw = error == SeriesKey::ErrorType::exception;
  numbers.level = level_of(outcome, numbers.failed);
  numbers.secure = ctx.request().secure;
  numbers.response_bytes += ctx.streamed_bytes();
  request.record.texts.rejected_by = outcome.rejected_by;
  request.record.texts.reason = outcome.reason;
  const SeriesKey key{.status = numbers.status, .secure = numbers.secure, .error = error};
  const Histogram& series =
      routes_->duration(*request.route, ctx.request().method, *request.method, key);
  numbers.duration_series = &series;
}

void Observe::count(Context& ctx, ObservedRequest& request) noexcept {
  const RequestNumbers& numbers = request.record.numbers;
  constexpr double kNanosecond = 1e-9;
  const double seconds = static_cast<double>(numbers.duration.count()) * kNanosecond;
  numbers.duration_series->record(seconds);
  request.method->response_size.record(static_cast<double>(numbers.response_bytes));
  routes_->active(ctx.request().method).add(-1);
  const std::string_view tenant = request.record.texts.tenant;
  if (!tenant.empty()) routes_->tenant(tenant, numbers.failed).record(seconds);
}

void Observe::record(Context& ctx, ObservedRequest& request) noexcept {
  const Request& in = ctx.request();
  const Trail& trail = request.trail;
  RequestNumbers& numbers = request.record.numbers;
  RequestTexts& texts = request.record.texts;
  numbers.start = ctx.start();
  numbers.trace = trail.trace.trace;
  numbers.span = trail.trace.span;
  numbers.parent = trail.parent;
  numbers.client_address = ctx.client_address().bytes();
  numbers.request_bytes = in.body.size();
  numbers.version_minor = static_cast<std::uint8_t>(in.version_minor);
  numbers.matched = request.route->matched;
  const Duration slow(request.method->slow.load(std::memory_order_relaxed));
  const bool armed = telemetry_->armed().is_armed(texts.tenant, ctx.start());
  if (options_.traces) {
    numbers.kept = tail_keep(trail.trace.sampled, options_.keep_failed && numbers.failed,
                             numbers.duration, slow, armed);
  }
  numbers.detailed = numbers.failed || numbers.duration > slow || armed;
  numbers.logged = options_.logs && logged(numbers);
  texts.method = to_string(in.method);
  texts.operation = request.route->operation;
  texts.path = in.target.path();
  texts.query = in.target.raw_query();
  texts.request_id = ctx.request_id();
  texts.user = said(options_.user, ctx, ctx.user());
  texts.trace_state = trail.trace.state;
  texts.error_message = trail.error;
  numbers.max_body = static_cast<std::uint16_t>(options_.bodies.max_bytes);  // 16 KiB at most
  if (options_.bodies.request) {
    texts.request_body = shown_body(in.headers, in.body);
    numbers.request_body_json = is_json(in.headers.value("content-type"));
  }
  request.record.trail = trail.record_bytes() > 0 ? &trail : nullptr;
  telemetry_->records().request(request.record);
}

bool Observe::logged(const RequestNumbers& numbers) const noexcept {
  if (!request_lines_->hears(numbers.level)) return false;
  if (options_.log_ratio >= 1 || numbers.level >= LogLevel::warn || numbers.kept != Kept::no) {
    return true;
  }
  // The trace id is random: what is kept is chosen by its other half, so that sampling of traces
  // has no say in it.
  const std::uint32_t chance = (std::uint32_t{numbers.trace.bytes[4]} << 16) |
                               (std::uint32_t{numbers.trace.bytes[5]} << 8) |
                               numbers.trace.bytes[6];
  constexpr double kRange = 1U << 24;
  return chance < options_.log_ratio * kRange;
}

}  // namespace lift
