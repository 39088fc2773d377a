#include "report.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace replay {
namespace {

constexpr int kWidth = 800;
constexpr int kHeight = 240;
constexpr int kLeft = 60;
constexpr int kBottom = 210;

std::string row(std::string_view name, std::uint64_t a, std::uint64_t b) {
  char text[96];
  const int size = std::snprintf(
      text, sizeof(text), "%-16.*s %12llu %12llu\n", static_cast<int>(name.size()), name.data(),
      static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  return {text, static_cast<std::size_t>(size)};
}

std::string line(const std::vector<std::uint32_t>& values, std::size_t seconds, std::uint32_t most,
                 std::string_view color) {
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = kLeft + static_cast<double>(i) * (kWidth - kLeft - 10) /
                                 static_cast<double>(std::max<std::size_t>(1, seconds - 1));
    const double y = kBottom - static_cast<double>(values[i]) * (kBottom - 20) / most;
    points += std::to_string(static_cast<int>(x)) + "," + std::to_string(static_cast<int>(y)) + " ";
  }
  return "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(color) +
         "\" points=\"" + points + "\"/>\n";
}

std::string label(int x, int y, std::string_view text, std::string_view color = "#444") {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
         "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"" + std::string(color) + "\">" +
         std::string(text) + "</text>\n";
}

std::uint32_t largest(const std::vector<std::uint32_t>& values) {
  return values.empty() ? 0 : *std::ranges::max_element(values);
}

}  // namespace

std::string table(const Outcome& a, const Outcome& b) {
  const auto milliseconds = [](lift::Duration time) {
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
  };
  std::string text = "                            a            b\n";
  text += row("good", a.good, b.good);
  text += row("failed", a.failed, b.failed);
  text += row("timed out", a.timed_out, b.timed_out);
  text += row("limited", a.limited, b.limited);
  text += row("no place", a.no_place, b.no_place);
  text += row("cut off", a.cut_off, b.cut_off);
  text += row("waited", a.waited, b.waited);
  text += row("longest wait ms", milliseconds(a.longest_wait), milliseconds(b.longest_wait));
  text += row("breaker trips", a.trips, b.trips);
  return text;
}

std::string plot(const Outcome& a, const Outcome& b) {
  const std::size_t seconds = std::max(a.good_by_second.size(), b.good_by_second.size());
  const std::uint32_t most = std::max({1U, largest(a.good_by_second), largest(b.good_by_second)});
  const std::string size =
      "width=\"" + std::to_string(kWidth) + "\" height=\"" + std::to_string(kHeight) + "\"";
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size + ">\n<rect " + size +
                    " fill=\"#fff\"/>\n";
  svg += "<path d=\"M60 10V210H790\" stroke=\"#444\" fill=\"none\"/>\n";
  svg += label(4, 24, std::to_string(most) + "/s") + label(40, 214, "0");
  svg += label(720, 230, std::to_string(seconds) + " seconds");
  svg += label(70, 230, "good answers by second:") + label(230, 230, "a", "#c33") +
         label(250, 230, "b", "#0a7");
  svg += line(a.good_by_second, seconds, most, "#c33");
  svg += line(b.good_by_second, seconds, most, "#0a7");
  return svg + "</svg>\n";
}

}  // namespace replay
