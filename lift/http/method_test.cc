#include "lift/http/method.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

TEST(Method, NamesRoundTrip) {
  for (int i = 0; i < kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    EXPECT_EQ(method_from(to_string(method)), method);
  }
  EXPECT_EQ(to_string(Method::del), "DELETE");
  EXPECT_EQ(to_string(Method::options), "OPTIONS");
}

TEST(Method, CaseMattersAndOthersAreUnknown) {
  for (const auto* text :
       {"", "get", "Get", "GETS", "GE", "TRACE", "CONNECT", "PROPFIND", " GET"}) {
    EXPECT_FALSE(method_from(text)) << text;
  }
}

}  // namespace
}  // namespace lift
