// lift-replay: what two settings of the policies would have made of the requests in an access log.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "lift/app/command_line.h"
#include "report.h"

namespace {

constexpr const char* kKeys =
    "\nA setting is key=value, by commas:\n"
    "  deadline=30s                               of every request\n"
    "  limit=100/s  burst=20                      for each tenant\n"
    "  bulkhead=50  tenant=25  operation=10       places: of all, of each tenant, operation\n"
    "  max_wait=100ms                             for a place; 0s: nobody waits\n"
    "  breaker=on  failures=5  failure_rate=0.5   by operation\n"
    "  slow=1s  open=5s                           what is slow; open for so long\n"
    "\n"
    "lift-replay --log access.log --a bulkhead=50 --b bulkhead=50,breaker=on --plot replay.svg\n";

int complain(const std::string& text) {
  std::fprintf(stderr, "lift-replay: %s\n", text.c_str());
  return EXIT_FAILURE;
}

lift::Flag text_flag(std::string name, std::string placeholder, std::string help,
                     std::string& into) {
  return {std::move(name), "", std::move(placeholder), std::move(help),
          [&into](const std::string& value) -> lift::Result<> {
            into = value;
            return {};
          }};
}

lift::Result<replay::Recording> recording_of(const std::string& path) {
  if (path == "-") return replay::read(std::cin);
  std::ifstream file(path);
  if (!file) return lift::fail("no_file", "cannot read \"" + path + "\"");
  return replay::read(file);
}

lift::Result<replay::Outcome> outcome_of(const replay::Recording& recording,
                                         const std::string& name, const std::string& text) {
  const auto setting = replay::Setting::parse(text);
  if (!setting) return lift::fail("bad_setting", name + ": " + setting.error().message);
  return replay::run(recording, *setting);
}

}  // namespace

int main(int argc, char** argv) {
  std::string log = "-";
  std::string a;
  std::string b;
  std::string plot;
  bool help = false;
  const std::vector<lift::Flag> flags{
      text_flag("--log", "FILE",
                "lines of JSON that a Lift service wrote; - for standard input (-)", log),
      text_flag("--a", "SETTING", "one setting (no policy)", a),
      text_flag("--b", "SETTING", "the other (no policy)", b),
      text_flag("--plot", "FILE", "draws good answers by second, as SVG", plot),
      lift::Flag{"--help", "", "", "print this and exit",
                 [&help](const std::string&) -> lift::Result<> {
                   help = true;
                   return {};
                 }}};
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const lift::Problems problems =
      lift::parse_flags(flags, arguments, [](const char*) -> const char* { return nullptr; });
  if (help) {
    std::printf("%s%s", lift::flags_help("lift-replay", flags).c_str(), kKeys);
    return EXIT_SUCCESS;
  }
  if (!problems.empty()) return complain(problems.text());
  const auto recording = recording_of(log);
  if (!recording) return complain(recording.error().message);
  const auto of_a = outcome_of(*recording, "--a", a);
  if (!of_a) return complain(of_a.error().message);
  const auto of_b = outcome_of(*recording, "--b", b);
  if (!of_b) return complain(of_b.error().message);
  std::printf("%zu requests, %zu other lines\n%s", recording->requests.size(), recording->skipped,
              replay::table(*of_a, *of_b).c_str());
  if (plot.empty()) return EXIT_SUCCESS;
  std::ofstream file(plot);
  file << replay::plot(*of_a, *of_b);
  return file.flush() ? EXIT_SUCCESS : complain("cannot write \"" + plot + "\"");
}
