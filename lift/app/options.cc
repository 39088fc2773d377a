#include "lift/app/options.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "lift/app/detail/flag_parts.h"
#include "lift/app/detail/telemetry_flags.h"

namespace lift {
namespace {

using detail::any_text;
using detail::duration;
using detail::flag;
using detail::number;

Result<std::vector<Cidr>> networks(const std::string& text) {
  std::vector<Cidr> all;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const auto one = Cidr::parse(std::string_view(text).substr(from, comma - from));
    if (!one)
      return fail("bad_network", "must be networks such as 10.0.0.0/8,fd00::/8, without host bits");
    all.push_back(*one);
    from = comma + 1;
  }
  return all;
}

Result<LayerMode> layer_mode(const std::string& text) {
  if (text == "off") return LayerMode::off;
  if (text == "shadow") return LayerMode::shadow;
  if (text == "enforce") return LayerMode::enforce;
  return fail("bad_mode", "must be off, shadow or enforce");
}

std::vector<Flag> listener_flags(ServerOptions& server) {
  return {
      flag("--port", "LIFT_PORT", "N", "TCP port to listen on, 0 for any free one (8080)",
           number(0, 65535),
           [&server](long port) { server.listen.front().port = static_cast<std::uint16_t>(port); }),
      flag("--address", "LIFT_ADDRESS", "IP", "address to listen on, 0.0.0.0 for all (127.0.0.1)",
           any_text, [&server](std::string host) { server.listen.front().host = std::move(host); }),
      flag("--unix", "LIFT_UNIX", "PATH", "listen on a Unix-domain socket as well", any_text,
           [&server](std::string path) {
             server.listen.push_back(
                 ListenAddress{.host = "", .port = 0, .unix_path = std::move(path)});
           }),
      flag("--loops", "LIFT_LOOPS", "N", "event loops, one thread each (the usable cores)",
           number(1, 1024), [&server](long loops) { server.loops = static_cast<unsigned>(loops); }),
      flag("--workers", "LIFT_WORKERS", "N", "threads for blocking work (8)", number(1, 1024),
           [&server](long threads) { server.workers.threads = static_cast<unsigned>(threads); }),
      flag("--lame-duck", "LIFT_LAME_DUCK", "TIME",
           "how long requests are still taken after SIGTERM (5s)", duration,
           [&server](Duration time) { server.lame_duck = time; }),
      flag("--finish-within", "LIFT_FINISH_WITHIN", "TIME",
           "how long running requests may take after that (30s)", duration,
           [&server](Duration time) { server.finish_within = time; }),
  };
}

std::vector<Flag> request_flags(AppOptions& options) {
  return {
      flag("--timeout", "LIFT_TIMEOUT", "TIME", "longest a request may take (30s)", duration,
           [&options](Duration time) { options.deadline->timeout = time; }),
      flag("--load-shed", "LIFT_LOAD_SHED", "MODE",
           "off, shadow: count whom overload would turn away, or enforce (enforce)", layer_mode,
           [&options](LayerMode mode) { options.load_shed->mode = mode; }),
      flag("--bulkhead", "LIFT_BULKHEAD", "N",
           "most requests at work at once, a tenant's at half of it (no such limit)",
           number(1, 1'000'000),
           [&options](long limit) {
             options.bulkhead.emplace().bulkhead.limit = static_cast<std::uint32_t>(limit);
           }),
      flag("--body-limit", "LIFT_BODY_LIMIT", "BYTES", "largest request body (1048576)",
           number(0, 1L << 40),
           [&options](long bytes) {
             options.server.limits.body = static_cast<std::uint64_t>(bytes);
           }),
      flag(
          "--tokens", "LIFT_TOKENS", "FILE", "bearer tokens, as lift-token writes them",
          [](const std::string& path) { return TokenFile::open(path); },
          [&options](std::shared_ptr<TokenFile> file) {
            options.identify->tokens = std::move(file);
          }),
      flag("--trusted-proxies", "LIFT_TRUSTED_PROXIES", "CIDRS",
           "proxies whose X-Forwarded-For counts, by commas", networks,
           [&options](std::vector<Cidr> all) {
             options.identify->trusted_proxies = std::move(all);
           }),
      flag("--health-role", "LIFT_HEALTH_ROLE", "ROLE",
           "who may read /health/detail beside the operators (nobody)", any_text,
           [&options](std::string role) { options.health->detail_role = std::move(role); }),
      Flag{"--print-chain", "", "", "print every route with its layers and exit",
           [&options](const std::string&) -> Result<> {
             options.print_chain = true;
             return {};
           }},
  };
}

void append(std::vector<Flag>& flags, std::vector<Flag> more) {
  flags.insert(flags.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace

AppOptions options_from(int argc, const char* const* argv, std::vector<Flag> own) {
  AppOptions options;
  if (argc > 0) {
    options.telemetry.resource.service = std::filesystem::path(argv[0]).filename().string();
  }
  std::vector<Flag> flags = std::move(own);
  append(flags, listener_flags(options.server));
  append(flags, request_flags(options));
  append(flags, detail::telemetry_flags(options));
  bool help = false;
  flags.push_back(
      Flag{"--help", "", "", "print this and exit", [&help](const std::string&) -> Result<> {
             help = true;
             return {};
           }});
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  options.problems =
      parse_flags(flags, arguments, [](const char* name) { return std::getenv(name); });
  if (help) options.say_and_exit = flags_help(argc > 0 ? argv[0] : "app", flags);
  return options;
}

AppOptions embedded_options() {
  AppOptions options;
  options.server.listen = {ListenAddress{.host = "127.0.0.1", .port = 0, .unix_path = ""}};
  options.server.lame_duck = Duration::zero();
  options.exports.log.reset();
  options.management.reset();
  return options;
}

}  // namespace lift
