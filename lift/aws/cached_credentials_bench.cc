// What it costs to ask for credentials that are there.
#include "lift/aws/cached_credentials.h"

#include "benchmarks/bench.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

struct Bed {
  SimWorld world;
  FixedCredentials source{{.access_key_id = "AKIDEXAMPLE",
                           .secret_access_key = "s",
                           .session_token = {},
                           .expires = WallTime::max()}};
  std::unique_ptr<CachedCredentials> cached = CachedCredentials::make(source).value();
};

bench::Work asking() {
  return [bed = std::make_unique<Bed>()](std::uint64_t times) {
    for (; times > 0; --times) bench::keep(bed->cached->get().take().has_value());
  };
}

const bench::Row kAsk("credentials.cached", bench::Budget(100), asking);

}  // namespace
}  // namespace lift
