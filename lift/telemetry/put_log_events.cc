#include "lift/telemetry/put_log_events.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "lift/base/ascii.h"
#include "lift/base/json_writer.h"
#include "lift/base/utf8.h"

namespace lift {
namespace {

constexpr std::size_t kMaxBytes = 1'048'576;
constexpr std::size_t kEventOverhead = 26;
constexpr std::size_t kMaxEvents = 10'000;
constexpr auto kMaxSpan = std::chrono::hours(24);
constexpr auto kMaxAge = std::chrono::days(14);
constexpr auto kMaxAhead = std::chrono::hours(2);

std::int64_t millis(WallTime time) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

std::string_view without_line_feed(std::string_view message) noexcept {
  while (message.ends_with('\n')) message.remove_suffix(1);
  return message;
}

// What CloudWatch will count: what is not UTF-8 grows when it is replaced.
std::size_t utf8_size(std::string_view message) {
  return is_utf8(message) ? message.size() : to_utf8(message).size();
}

class Bodies {
 public:
  Bodies(const PutLogEventsOptions& options, WallTime now) : options_(options), now_(now) {}

  void add(const LogEvent& event) {
    const std::string_view message = without_line_feed(event.message);
    const std::size_t size = utf8_size(message);
    if (std::uint64_t* drop = reason(event, size)) {
      ++*drop;
      return;
    }
    if (!fits(event, size)) begin(event);
    bytes_ += size + kEventOverhead;
    PutLogEvents::Body& body = out_.bodies.back();
    if (body.events++ > 0) body.text += ',';
    JsonWriter(body.text)
        .begin_object()
        .member("timestamp", millis(event.time))
        .member("message", message)
        .end_object();
  }
  [[nodiscard]] PutLogEvents take() {
    close();
    return std::move(out_);
  }

 private:
  std::uint64_t* reason(const LogEvent& event, std::size_t size) noexcept {
    if (size == 0) return &out_.drops.empty;
    if (size > options_.event_cap) return &out_.drops.too_large;
    if (event.time < now_ - kMaxAge) return &out_.drops.too_old;
    if (event.time > now_ + kMaxAhead) return &out_.drops.too_new;
    return nullptr;
  }
  [[nodiscard]] bool fits(const LogEvent& event, std::size_t size) const noexcept {
    return !out_.bodies.empty() && out_.bodies.back().events < kMaxEvents &&
           bytes_ + size + kEventOverhead <= kMaxBytes && event.time - first_ < kMaxSpan;
  }
  void begin(const LogEvent& event) {
    close();
    bytes_ = 0;
    first_ = event.time;
    std::string& text = out_.bodies.emplace_back().text;
    JsonWriter json(text);
    json.begin_object().member("logGroupName", options_.group);
    json.member("logStreamName", options_.stream).key("logEvents").begin_array();
  }
  void close() {
    if (!out_.bodies.empty()) out_.bodies.back().text += "]}";
  }

  const PutLogEventsOptions& options_;
  WallTime now_;
  std::size_t bytes_ = 0;
  WallTime first_;
  PutLogEvents out_;
};

bool is_group(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 512 && std::ranges::all_of(name, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view(".-_/#").contains(c);
  });
}

}  // namespace

Problems PutLogEventsOptions::validate() const {
  Problems problems;
  if (!is_group(group)) problems.add("group", group, "must be 1 to 512 of A-Z a-z 0-9 . - _ / #");
  if (stream.empty() || stream.size() > 512 || stream.find_first_of(":*") != std::string::npos)
    problems.add("stream", stream, "must be 1 to 512 bytes without : and *");
  if (event_cap < 1024 || event_cap > kMaxBytes - kEventOverhead)
    problems.add("event_cap", std::to_string(event_cap), "must be 1024 to 1048550 bytes");
  return problems;
}

PutLogEvents put_log_events(const PutLogEventsOptions& options, std::span<const LogEvent> events,
                            WallTime now) {
  std::vector<std::size_t> order(events.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&events](std::size_t i) { return std::pair(events[i].time, i); });
  Bodies bodies(options, now);
  for (const std::size_t i : order) bodies.add(events[i]);
  return bodies.take();
}

std::size_t RejectedLogEvents::count(std::size_t events) const noexcept {
  const std::size_t head =
      std::min(std::max(too_old_end.value_or(0), expired_end.value_or(0)), events);
  const std::size_t tail = std::max(std::min(too_new_start.value_or(events), events), head);
  return head + (events - tail);
}

}  // namespace lift
