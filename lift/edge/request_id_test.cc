#include "lift/edge/request_id.h"

#include <gtest/gtest.h>

#include <string>

namespace lift {
namespace {

TEST(RequestId, AcceptsTheFormsInUse) {
  const std::string longest(128, 'x');
  for (const std::string_view good :
       {std::string_view("a"), std::string_view("0190b3a4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"),
        std::string_view("01J1YH8Z3T6QK5W9V7N2M4R8XA"), std::string_view("c29tZSBiYXNlNjQ/+="),
        std::string_view("Root=1-67891233-abcdef012345678912345678"),
        std::string_view("svc:user@host/7._-"), std::string_view(longest)}) {
    EXPECT_EQ(valid_request_id(good), !good.contains('?')) << good;
  }
}

TEST(RequestId, RefusesWhatNeedsEscapingSomewhere) {
  const std::string too_long(129, 'x');
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("a b"), std::string_view("a\"b"),
        std::string_view("a\\b"), std::string_view("a\nb"), std::string_view("a\0b", 3),
        std::string_view("a;b"), std::string_view("<a>"), std::string_view("a,b"),
        std::string_view("${a}"), std::string_view("a'b"), std::string_view("a%41"),
        std::string_view("\xc3\xa4"), std::string_view("a\x7f"), std::string_view(too_long)}) {
    EXPECT_FALSE(valid_request_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace lift
