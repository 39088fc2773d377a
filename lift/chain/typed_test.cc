#include "lift/chain/typed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

struct Sum {
  int total = 0;
  static void describe(Fields<Sum>& f) { f.field("total", &Sum::total); }
};
struct Pair {
  int a = 0;
  int b = 0;
  static void describe(Fields<Pair>& f) {
    f.field("a", &Pair::a).min(0);
    f.field("b", &Pair::b);
  }
};

class TypedTest : public testing::Test {
 protected:
  static Chain chain(Handler handler) {
    return Chain::build("/sum", {}, std::move(handler), {}).value();
  }
  std::unique_ptr<SimExchange> post(const Chain& chain, std::string body,
                                    std::string_view type = "application/json") {
    Request request = sim_request(Method::post, "/sum");
    if (!type.empty()) request.headers.add("content-type", type);
    request.body = std::move(body);
    return world.send(chain, std::move(request));
  }
  SimWorld world;
};

Sum add(Context&, const Pair& in) { return {in.a + in.b}; }

Task<std::expected<Sum, HttpError>> add_later(Context& ctx, Pair in) {
  co_await ctx.sleep(1s);
  if (in.b == 0) co_return std::unexpected(conflict("b is zero"));
  co_return Sum{in.a + in.b};
}

TEST_F(TypedTest, ReadsItsInputAndWritesItsOutput) {
  const auto x = post(chain(json(add)), R"({"a":2,"b":3})");
  EXPECT_EQ(x->status(), 200);
  EXPECT_EQ(x->headers().value("content-type"), "application/json");
  EXPECT_EQ(x->body(), R"({"total":5})");
}

TEST_F(TypedTest, TakesLambdasWithCapturesAndGenericOnes) {
  const auto more = static_cast<int>(world.loop().random().below(10));
  const Chain captured =
      chain(json([more](Context&, Pair in) noexcept { return Sum{in.a + in.b + more}; }));
  EXPECT_EQ(post(captured, R"({"a":2,"b":3})")->body(),
            R"({"total":)" + std::to_string(5 + more) + "}");
  const Chain generic =
      chain(json<Pair>([](Context&, auto in) { return std::vector{in.a, in.b}; }));
  EXPECT_EQ(post(generic, R"({"a":2,"b":3})")->body(), "[2,3]");
}

TEST_F(TypedTest, AResponseIsSentAsItIs) {
  const Chain made = chain(json([](Context&, Pair in) {
    return json_response(Sum{in.a}).with_status(201).with("etag", "7");
  }));
  const auto x = post(made, R"({"a":2,"b":3})");
  EXPECT_EQ(x->status(), 201);
  EXPECT_EQ(x->headers().value("etag"), "7");
  EXPECT_EQ(x->body(), R"({"total":2})");
}

TEST_F(TypedTest, AFunctionThatWaitsAnswersWhenItIsDone) {
  const Chain later = chain(json(add_later));
  const auto good = post(later, R"({"a":2,"b":3})");
  const auto bad = post(later, R"({"a":2,"b":0})");
  EXPECT_FALSE(good->answered());
  world.advance(1s);
  EXPECT_EQ(good->body(), R"({"total":5})");
  EXPECT_EQ(bad->status(), 409);
}

TEST_F(TypedTest, AReturnedErrorIsItsResponse) {
  const Chain failing = chain(json([](Context&, Pair in) -> std::expected<Sum, HttpError> {
    if (in.a == 1) return std::unexpected(not_found("no such pair"));
    if (in.a == 2) return std::unexpected(not_found("no such pair").because("row 7 is gone"));
    return Sum{0};
  }));
  for (const auto* body : {R"({"a":1,"b":0})", R"({"a":2,"b":0})"}) {
    const auto x = post(failing, body);
    EXPECT_EQ(x->status(), 404);
    EXPECT_EQ(x->headers().value("content-type"), "application/problem+json");
    EXPECT_NE(x->body().find("no such pair"), std::string::npos);
    EXPECT_EQ(x->body().find("row 7"), std::string::npos);
  }
  EXPECT_EQ(post(failing, R"({"a":3,"b":0})")->status(), 200);
}

class Log final : public FailureLog {
 public:
  void failed(const Context&, std::string_view cause) noexcept override {
    causes.emplace_back(cause);
  }
  std::vector<std::string> causes;
};

TEST_F(TypedTest, TheCauseOfAReturnedErrorReachesTheLog) {
  Log log;
  auto handler = json([](Context&, Pair) -> std::expected<Sum, HttpError> {
    return std::unexpected(system_error("try later").because("disk full"));
  });
  const Chain failing = Chain::build("/sum", {}, handler, {}, {.failures = &log}).value();
  EXPECT_EQ(post(failing, R"({"a":1,"b":0})")->status(), 500);
  EXPECT_EQ(log.causes, std::vector<std::string>{"disk full"});
}

struct Refused {
  std::string type;
  std::string body;
  int status;
  std::string code;
};

TEST_F(TypedTest, WhatIsNoFittingJsonNeverReachesTheFunction) {
  const std::string good = R"({"a":2,"b":3})";
  const std::vector<Refused> table = {
      {"application/json", "", 400, "PARAMETER_ERROR"},
      {"", "", 400, "PARAMETER_ERROR"},
      {"", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"text/plain", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/x-www-form-urlencoded", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/jsonx", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"text/plain; a=application/json", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"+json", good, 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/json", "{", 400, "PARAMETER_ERROR"},
      {"application/json", R"({"a":1,"a":1,"b":1})", 400, "PARAMETER_ERROR"},
      {"application/json", R"({"a":-1,"b":1})", 422, "VALIDATION_ERROR"},
      {"application/json", "[]", 422, "VALIDATION_ERROR"},
  };
  int calls = 0;
  auto* count = &calls;
  const Chain counting = chain(json([count](Context&, Pair) { return Sum{++*count}; }));
  for (const Refused& row : table) {
    const auto x = post(counting, row.body, row.type);
    EXPECT_EQ(x->status(), row.status) << row.type << " " << row.body;
    EXPECT_NE(x->body().find("\"code\":\"" + row.code + '"'), std::string::npos) << x->body();
  }
  EXPECT_EQ(calls, 0);
  for (const auto* type : {"application/json; charset=utf-8", "APPLICATION/JSON",
                           "application/json ;x=y", "application/vnd.pair+json"}) {
    EXPECT_EQ(post(counting, good, type)->status(), 200) << type;
  }
}

TEST_F(TypedTest, TheAnswerNamesThePlaceOfEachBrokenRule) {
  const auto x = post(chain(json(add)), R"({"a":-1,"c":1})");
  EXPECT_NE(x->body().find(R"({"pointer":"/a","code":"out_of_range","message":)"),
            std::string::npos)
      << x->body();
  EXPECT_NE(x->body().find(R"({"pointer":"/c","code":"unknown_field","message":)"),
            std::string::npos);
  EXPECT_NE(x->body().find(R"({"pointer":"/b","code":"missing","message":)"), std::string::npos);
}

struct Inner {
  int x = 0;
  static void describe(Fields<Inner>& f) { f.field("x", &Inner::x).min(2).max(1); }
};
struct Outer {
  std::vector<std::optional<Inner>> inners;
  static void describe(Fields<Outer>& f) { f.field("inners", &Outer::inners); }
};

TEST(Typed, ABadDescriptionAnywhereWithinShowsWhenTheHandlerIsMade) {
  EXPECT_THROW((void)json([](Context&, Outer) { return Sum{}; }), std::logic_error);
  EXPECT_THROW((void)json([](Context&, Pair) { return Outer{}; }), std::logic_error);
}

}  // namespace
}  // namespace lift
