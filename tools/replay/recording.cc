#include "recording.h"

#include <algorithm>
#include <charconv>
#include <istream>
#include <map>
#include <optional>
#include <string_view>

#include "lift/http/json_document.h"

namespace replay {
namespace {

constexpr std::size_t kMost = 10'000'000;

struct Line {
  lift::WallTime ended;
  Recorded request;
  bool refused = false;
};

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "2026-11-28T08:38:59.216Z", with any number of decimals.
std::optional<lift::WallTime> moment(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text.back() != 'Z') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number<unsigned>(text.substr(at, size)).value_or(9999);
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(part(0, 4))),
                                         std::chrono::month(part(5, 2)),
                                         std::chrono::day(part(8, 2)));
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) return std::nullopt;
  const std::chrono::seconds of_day(part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2));
  const std::string_view fraction = text.substr(19, text.size() - 20);
  const double decimals =
      fraction.empty() ? 0 : number<double>("0" + std::string(fraction)).value_or(0);
  return std::chrono::sys_days(date) + of_day +
         lift::Duration(static_cast<lift::Duration::rep>(decimals * 1e9));
}

std::optional<Line> read_line(const std::string& text) {
  const auto document = lift::JsonDocument::parse(text);
  if (!document) return std::nullopt;
  const auto value = [&](std::string_view key) -> std::string_view {
    const auto at = document->find(0, key);
    return at ? document->text(*at) : "";
  };
  const auto ended = moment(value("timestamp"));
  const auto took = number<double>(value("duration_ms"));
  const auto status = number<int>(value("status"));
  const bool sane = ended && took && status && *took >= 0 && *took < 1e9;
  if (!sane || value("operation").empty()) return std::nullopt;
  Line line{.ended = *ended, .request = {}, .refused = value("outcome") == "rejected"};
  line.request.took = lift::Duration(static_cast<lift::Duration::rep>(*took * 1e6));
  line.request.status = *status;
  line.request.tenant = value("tenant_id");
  line.request.operation = value("operation");
  return line;
}

/// What the requests of an operation that were served usually took.
std::map<std::string, lift::Duration> usual_times(const std::vector<Line>& lines) {
  std::map<std::string, std::vector<lift::Duration>> all;
  for (const Line& line : lines) {
    if (!line.refused) all[line.request.operation].push_back(line.request.took);
  }
  std::map<std::string, lift::Duration> usual;
  for (auto& [operation, times] : all) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    usual[operation] = *middle;
  }
  return usual;
}

}  // namespace

lift::Result<Recording> read(std::istream& log) {
  Recording recording;
  std::vector<Line> lines;
  for (std::string text; std::getline(log, text);) {
    if (std::optional<Line> line = read_line(text)) {
      lines.push_back(std::move(*line));
    } else {
      ++recording.skipped;
    }
    if (lines.size() > kMost) return lift::fail("too_many", "the log has over 10,000,000 requests");
  }
  if (lines.empty()) return lift::fail("empty", "the log tells of no request");
  const auto begins = [](const Line& line) { return line.ended - line.request.took; };
  std::ranges::sort(lines, {}, begins);
  const lift::WallTime first = begins(lines.front());
  const auto usual = usual_times(lines);
  for (Line& line : lines) {
    line.request.begins = begins(line) - first;
    if (line.refused) {
      const auto known = usual.find(line.request.operation);
      line.request.took = known == usual.end() ? lift::Duration{} : known->second;
      line.request.status = 200;
    }
    recording.requests.push_back(std::move(line.request));
  }
  return recording;
}

}  // namespace replay
