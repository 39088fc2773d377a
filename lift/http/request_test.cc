#include "lift/http/request.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

TEST(Request, ResetMakesItNewAndKeepsMemoryOfUsualSize) {
  Request r;
  r.method = Method::post;
  ASSERT_TRUE(r.target.parse("/a?b=c"));
  r.headers.add("host", "x");
  r.body.assign(1000, 'x');
  const char* const memory = r.body.data();
  r.version_minor = 0;
  r.secure = true;
  r.peer = IpAddress::v4({1, 2, 3, 4});
  r.reset();
  EXPECT_EQ(r.method, Method::get);
  EXPECT_EQ(r.target.raw(), "");
  EXPECT_EQ(r.target.path(), "");
  EXPECT_TRUE(r.headers.empty());
  EXPECT_EQ(r.body, "");
  EXPECT_EQ(r.body.data(), memory);
  EXPECT_EQ(r.version_minor, 1);
  EXPECT_FALSE(r.secure);
  EXPECT_FALSE(r.peer.specified());
}

TEST(Request, ResetGivesAHugeBodyBack) {
  Request r;
  r.body.assign(1 << 20, 'x');
  r.reset();
  EXPECT_LT(r.body.capacity(), 100U);
}

}  // namespace
}  // namespace lift
