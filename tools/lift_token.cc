// lift-token: makes a bearer token and the line that lets its bearer in.
//
// The token goes to the standard output, once; nothing but its digest is kept anywhere.

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/ascii.h"
#include "lift/base/random.h"
#include "lift/identity/token_table.h"
#include "lift/identity/token_writer.h"

namespace {

constexpr std::string_view kUsage =
    "usage: lift-token [--tenant TENANT] --user USER [--roles ROLE,ROLE...] [--file FILE]\n"
    "\n"
    "Makes a bearer token for USER of TENANT (of no tenant if none is given) and prints it.\n"
    "With --file the token's digest is added to that token file, which is made if it is not "
    "there;\n"
    "without, the line for such a file is printed after the token. The token cannot be had "
    "again.\n";

struct Arguments {
  lift::Claims claims;
  std::optional<std::string> file;
  bool help = false;
};

lift::Result<Arguments> parse(const std::vector<std::string>& words) {
  Arguments out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& flag = words[i];
    if (flag == "--help") return Arguments{.claims = {}, .file = {}, .help = true};
    const bool known =
        flag == "--tenant" || flag == "--user" || flag == "--roles" || flag == "--file";
    if (!known) return lift::fail("usage", "unknown argument \"" + flag + "\"");
    ++i;
    if (i == words.size() || words[i].empty()) return lift::fail("usage", flag + " needs a value");
    std::string_view value = words[i];
    if (flag == "--tenant") out.claims.tenant = value;
    if (flag == "--user") out.claims.user = value;
    if (flag == "--file") out.file = value;
    while (flag == "--roles" && !value.empty()) {
      out.claims.roles.emplace_back(lift::ascii::cut(value, ','));
    }
  }
  if (out.claims.user.empty()) return lift::fail("usage", "--user is missing");
  if (const std::string_view rule = lift::broken_rule(out.claims); !rule.empty()) {
    return lift::fail("usage", std::string(rule));
  }
  return out;
}

int complain(const lift::Error& error) {
  std::fprintf(stderr, "lift-token: %s\n", error.message.c_str());
  if (error.code == "usage") std::fprintf(stderr, "%.*s", int(kUsage.size()), kUsage.data());
  return error.code == "usage" ? 2 : 1;
}

int make(const Arguments& arguments) {
  lift::SecureRandom random;
  const std::string token = lift::make_token(random);
  if (arguments.file) {
    const lift::Result<> added = lift::add_token(*arguments.file, token, arguments.claims);
    if (!added) return complain(added.error());
    std::fprintf(stderr, "lift-token: added to %s\n", arguments.file->c_str());
  }
  std::printf("%s\n", token.c_str());
  if (!arguments.file) std::printf("%s\n", lift::token_line(token, arguments.claims).c_str());
  return std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const lift::Result<Arguments> arguments = parse(std::vector<std::string>(argv + 1, argv + argc));
  if (!arguments) return complain(arguments.error());
  if (!arguments->help) return make(*arguments);
  std::printf("%.*s", int(kUsage.size()), kUsage.data());
  return EXIT_SUCCESS;
}
