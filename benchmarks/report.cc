#include "benchmarks/report.h"

#include <array>
#include <fstream>
#include <thread>

#include "lift/base/json_writer.h"

namespace lift::bench {
namespace {

std::string shown(std::optional<double> number) {
  if (!number) return "-";
  std::array<char, 32> text{};
  const double size = *number < 0 ? -*number : *number;
  const int digits = size == 0 || size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", digits, *number);
  return text.data();
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

void write_number(JsonWriter& json, std::string_view key, std::optional<double> number) {
  json.key(key);
  if (number) {
    json.value(*number);
  } else {
    json.null();
  }
}

void write(JsonWriter& json, const Finding& finding) {
  const Figures& figures = finding.figures;
  json.begin_object().member("id", finding.id).member("value", figures.value);
  json.member("unit", finding.unit);
  write_number(json, "allocs", figures.allocs);
  write_number(json, "budget", figures.budget);
  write_number(json, "floor", figures.floor);
  json.key("peers").begin_object();
  for (const auto& [name, value] : figures.peers) json.member(name, value);
  json.end_object().end_object();
}

}  // namespace

std::string machine() {
  return processor() + ", " + std::to_string(std::thread::hardware_concurrency()) +
         " processors, " + __VERSION__;
}

void print_heading(std::FILE* out) {
  std::fprintf(out, "%-24s %10s %-5s %8s %10s %10s  %s\n", "id", "value", "unit", "allocs",
               "budget", "floor", "peers");
}

void print_line(std::FILE* out, const Finding& finding) {
  const Figures& figures = finding.figures;
  std::string peers;
  for (const auto& [name, value] : figures.peers) {
    peers.append(peers.empty() ? "" : ", ").append(name).append(" ").append(shown(value));
  }
  std::fprintf(out, "%-24.*s %10s %-5.*s %8s %10s %10s  %s%s\n",
               static_cast<int>(finding.id.size()), finding.id.data(), shown(figures.value).c_str(),
               static_cast<int>(finding.unit.size()), finding.unit.data(),
               shown(figures.allocs).c_str(), shown(figures.budget).c_str(),
               shown(figures.floor).c_str(), peers.empty() ? "-" : peers.c_str(),
               finding.over_budget() ? "  over budget" : "");
  std::fflush(out);
}

std::string to_json(const std::vector<Finding>& findings) {
  std::string out = "[";
  for (const Finding& finding : findings) {
    out += out.size() == 1 ? "\n" : ",\n";
    JsonWriter json(out);
    write(json, finding);
  }
  return out + "\n]\n";
}

}  // namespace lift::bench
