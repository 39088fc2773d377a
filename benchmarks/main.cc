// lift_bench [--json FILE] [--filter TEXT]: measures every row whose id holds TEXT.

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/bench.h"
#include "benchmarks/report.h"

namespace {

using namespace lift::bench;

struct Arguments {
  std::string json;
  std::string filter;
};

lift::Result<Arguments> parse(const std::vector<std::string_view>& words) {
  Arguments out;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const bool json = words[i] == "--json";
    if (!json && words[i] != "--filter") {
      return lift::fail("bad_argument", "unknown argument \"" + std::string(words[i]) +
                                            "\"; known: --json FILE, --filter TEXT");
    }
    if (i + 1 == words.size()) {
      return lift::fail("bad_argument", std::string(words[i]) + " must be followed by a value");
    }
    (json ? out.json : out.filter) = words[i + 1];
  }
  return out;
}

std::vector<const Row*> chosen(std::string_view filter) {
  std::vector<const Row*> out = rows();
  std::erase_if(out, [filter](const Row* row) { return !row->id().contains(filter); });
  return out;
}

std::vector<Finding> measure(const std::vector<const Row*>& chosen) {
  std::vector<Finding> findings;
  print_heading(stdout);
  for (const Row* row : chosen) {
    lift::Result<Figures> figures = row->measure();
    if (!figures) {
      std::printf("%-24.*s not measured: %s\n", static_cast<int>(row->id().size()),
                  row->id().data(), figures.error().message.c_str());
      continue;
    }
    findings.push_back({row->id(), row->unit(), std::move(*figures)});
    print_line(stdout, findings.back());
  }
  return findings;
}

int complain(const std::string& message) {
  std::fprintf(stderr, "lift_bench: %s\n", message.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse({argv + 1, argv + argc});
  if (!arguments) return complain(arguments.error().message);
  const std::vector<const Row*> wanted = chosen(arguments->filter);
  if (wanted.empty()) return complain("no row's id holds \"" + arguments->filter + "\"");
  std::printf("%s\n\n", machine().c_str());
  const std::vector<Finding> findings = measure(wanted);
  if (arguments->json.empty()) return 0;
  std::ofstream file(arguments->json);
  file << to_json(findings);
  file.close();
  return file ? 0 : complain("cannot write \"" + arguments->json + "\"");
}
