// One match with one parameter, over all routes of a table in random order.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/bench.h"
#include "lift/base/random.h"
#include "lift/chain/router.h"

namespace lift {
namespace {

struct Table {
  Router router;
  std::vector<std::string> paths;
};

/// `count` routes as an API has them: a few areas, resources in each.
std::shared_ptr<const Table> table_of(RouteId count) {
  constexpr std::array kAreas = {"billing", "accounts", "orders", "search", "reports"};
  auto table = std::make_shared<Table>();
  for (RouteId i = 0; i < count; ++i) {
    const std::string resource = std::string("/v1/") + kAreas[i % kAreas.size()] + "/resource" +
                                 std::to_string(i / kAreas.size());
    if (!table->router.add(Method::get, resource + "/{id}", i)) std::abort();
    table->paths.push_back(resource + "/" + std::to_string(1'000'000 + i));
  }
  SeededRandom random(1);
  for (std::size_t i = count; i > 1; --i) {
    std::swap(table->paths[i - 1], table->paths[random.below(i)]);
  }
  return table;
}

bench::Work matching(RouteId count) {
  return [table = table_of(count)](std::uint64_t times) {
    std::array<PathParam, kMaxPathParams> params;
    std::size_t at = 0;
    for (; times > 0; --times) {
      bench::keep(table->router.match(Method::get, table->paths[at], params));
      if (++at == table->paths.size()) at = 0;
    }
  };
}

const bench::Row kTen("router.10", bench::Budget(100), [] { return matching(10); });
const bench::Row kHundred("router.100", bench::Budget(100), [] { return matching(100); });
const bench::Row kThousand("router.1000", bench::Budget(100), [] { return matching(1000); });

}  // namespace
}  // namespace lift
