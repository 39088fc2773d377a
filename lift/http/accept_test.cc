#include "lift/http/accept.h"

#include <gtest/gtest.h>

namespace lift {
namespace {

struct Case {
  std::string_view accept;
  std::string_view type;
  int quality;
};

TEST(Accept, QualityTable) {
  const Case cases[] = {
      {"", "text/html", 1000},
      {" \t", "text/html", 1000},
      {"*/*", "text/html", 1000},
      {"text/html", "text/html", 1000},
      {"TEXT/Html", "text/html", 1000},
      {"text/html", "text/plain", 0},
      {"text/*", "text/plain", 1000},
      {"text/*", "textual/plain", 0},
      {"text/*;q=0.5, text/html", "text/html", 1000},
      {"text/html;q=0.5, text/*", "text/html", 500},
      {"*/*;q=0.1, text/*;q=0.2, text/html;q=0.3", "text/html", 300},
      {"*/*;q=0.1, text/*;q=0.2, text/html;q=0.3", "text/plain", 200},
      {"*/*;q=0.1, text/*;q=0.2, text/html;q=0.3", "image/png", 100},
      {"text/html;q=0, */*", "text/html", 0},
      {"text/html;q=0.2, text/html;q=0.7", "text/html", 700},
      {"text/html; q=0.123 , x/y", "text/html", 123},
      {"text/html;level=1;Q=0.4", "text/html", 400},
      {"application/json;charset=utf-8", "application/json", 1000},
      {"text/html;q=1.000", "text/html", 1000},
      {",,text/html,,", "text/html", 1000},
      // malformed ranges and weights count as absent
      {"text/html;q=1.001", "text/html", 0},
      {"text/html;q=2", "text/html", 0},
      {"text/html;q=", "text/html", 0},
      {"text/html;q=.5", "text/html", 0},
      {"text/html;q=0.1234", "text/html", 0},
      {"text/html;q=-1", "text/html", 0},
      {"text/html;q=nan, */*;q=0.3", "text/html", 300},
      {"*", "text/html", 0},
      {"*/html", "text/html", 0},
      {"text", "text/html", 0},
  };
  for (const auto& [accept, type, expected] : cases) {
    EXPECT_EQ(quality(accept, type), expected) << accept << " for " << type;
    EXPECT_EQ(accepts(accept, type), expected > 0) << accept << " for " << type;
  }
}

TEST(Accept, ABrowserPrefersHtmlToProblemJson) {
  constexpr std::string_view kBrowser =
      "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  EXPECT_GT(quality(kBrowser, "text/html"), quality(kBrowser, "application/problem+json"));
}

}  // namespace
}  // namespace lift
