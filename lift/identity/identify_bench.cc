// What the identify layer adds to a request, by how the caller is known.
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "benchmarks/chain_bed.h"
#include "lift/identity/identify.h"
#include "lift/identity/token_writer.h"

namespace lift {
namespace {

Result<bench::Figures> identify(const IdentifyOptions& options,
                                const std::function<void(Request&)>& fill, double budget) {
  return bench::added_by({AnyLayer(Identify::make(options).value())}, fill, budget);
}

Result<bench::Figures> by_token() {
  std::string path = "/tmp/lift_bench_XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) return fail("bench", "no temporary file");
  ::close(fd);
  for (int i = 0; i < 100; ++i) {
    const Result<> added = add_token(path, "token-" + std::to_string(i),
                                     {.tenant = "acme", .user = "ann", .roles = {"admin", "ops"}});
    if (!added) return std::unexpected(added.error());
  }
  const auto file = TokenFile::open(path);
  ::unlink(path.c_str());
  if (!file) return std::unexpected(file.error());
  return identify(
      {.tokens = *file}, [](Request& r) { r.headers.add("authorization", "Bearer token-42"); },
      1000);
}

Result<bench::Figures> by_proxy() {
  const IdentifyOptions options{.trusted_proxies = {*Cidr::parse("10.0.0.0/8")},
                                .proxy_identity = ProxyIdentity{}};
  const auto fill = [peer = *IpAddress::parse("10.0.0.1")](Request& r) {
    r.peer = peer;
    r.headers.add("x-tenant-id", "acme");
    r.headers.add("x-user-id", "ann");
  };
  return identify(options, fill, 150);
}

const bench::Row kAnonymous("identify.anonymous", "ns",
                            [] { return identify({}, [](Request&) {}, 20); });
const bench::Row kProxy("identify.proxy", "ns", by_proxy);
const bench::Row kToken("identify.token", "ns", by_token);

}  // namespace
}  // namespace lift
