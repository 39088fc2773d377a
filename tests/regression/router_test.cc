// Defects of routing that Lift must not have again.
#include "lift/chain/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace lift {
namespace {

/// The most nodes any path of a table of `routes` resources is matched by.
std::uint32_t most_steps(std::uint32_t routes) {
  Router router;
  for (std::uint32_t i = 0; i < routes; ++i) {
    const std::string resource = "/v1/resource" + std::to_string(100'000 + i);
    EXPECT_TRUE(router.add(Method::get, resource + "/{id}", 2 * i));
    EXPECT_TRUE(router.add(Method::get, resource + "/{id}/parts", 2 * i + 1));
  }
  std::uint32_t most = 0;
  for (std::uint32_t i = 0; i < routes; ++i) {
    const std::string path = "/v1/resource" + std::to_string(100'000 + i) + "/42";
    std::array<PathParam, kMaxPathParams> params;
    const RouteMatch match = router.match(Method::get, path, params);
    EXPECT_EQ(match.route, 2 * i);
    EXPECT_EQ(params[0].value, "42");
    most = std::max(most, match.steps);
  }
  return most;
}

TEST(RouterRegression, D_APP_14_match_time_is_flat) {
  // One step more for each digit in which the resources differ, none for their number.
  EXPECT_LE(most_steps(10), 6U);
  EXPECT_LE(most_steps(100), most_steps(10) + 1);
  EXPECT_LE(most_steps(1000), most_steps(10) + 2);
  EXPECT_LE(most_steps(10'000), most_steps(10) + 3);
}

TEST(RouterRegression, D_APP_14_going_back_is_bounded_by_the_alternatives_of_the_path) {
  // Every combination of the literal `a` and a parameter over eight segments: the worst table there
  // is.
  constexpr unsigned kSegments = 8;
  Router router;
  for (unsigned mask = 0; mask < (1U << kSegments); ++mask) {
    std::string pattern;
    for (unsigned i = 0; i < kSegments; ++i) {
      pattern += (mask >> i & 1U) != 0 ? "/a" : "/{p" + std::to_string(i) + "}";
    }
    ASSERT_TRUE(router.add(Method::get, pattern + "/end", mask));
  }
  std::string path;
  for (unsigned i = 0; i < kSegments; ++i) path += "/a";
  std::array<PathParam, kMaxPathParams> params;
  const RouteMatch lost = router.match(Method::get, path + "/none", params);
  EXPECT_EQ(lost.kind, RouteMatch::Kind::not_found);
  EXPECT_LE(lost.steps, 3U << (kSegments + 1));
  const RouteMatch found = router.match(Method::get, path + "/end", params);
  EXPECT_EQ(found.route, (1U << kSegments) - 1);
  EXPECT_LE(found.steps, 2U + kSegments);
}

}  // namespace
}  // namespace lift
