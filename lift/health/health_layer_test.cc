#include "lift/health/health_layer.h"

#include "lift/chain/chain.h"
#include "lift/health/health_body.h"
#include "lift/health/health_fixture_test.h"
#include "lift/http/json.h"
#include "lift/testing/allocations.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class HealthLayerTest : public HealthTest {
 protected:
  std::unique_ptr<SimExchange> send(Method method, std::string_view path,
                                    std::string_view accept = "") {
    if (!chain_) {
      chain_ =
          Chain::build("/x", {AnyLayer(std::make_shared<HealthLayer>(shared()))}, [](Context&) {
            return text("the handler");
          }).value();
    }
    Request request = sim_request(method, path);
    if (!accept.empty()) request.headers.add("accept", accept);
    return world_.send(*chain_, std::move(request));
  }
  std::shared_ptr<Health> shared() { return {std::shared_ptr<void>(), &health()}; }
  std::string detail(std::string_view accept, HealthAudience audience) {
    return std::string(detail_response(health(), now(), accept, audience).body.bytes());
  }

 private:
  std::optional<Chain> chain_;
};

TEST_F(HealthLayerTest, AnswersProbesInTheOriginalsShape) {
  start();
  telemetry_->synchronise();
  const struct {
    std::string_view path, body;
  } cases[] = {
      {"/health", R"({"status":"healthy","timestamp":"2026-01-01T00:16:40.000Z",)"
                  R"("duration":"0.000ms"})"},
      {"/ready", R"({"status":"ready","timestamp":"2026-01-01T00:16:40.000Z","checks":0})"},
      {"/live", R"({"status":"alive","timestamp":"2026-01-01T00:16:40.000Z",)"
                R"("uptime":"0.000ms"})"},
  };
  for (const auto& one : cases) {
    const auto answer = send(Method::get, one.path);
    EXPECT_EQ(answer->status(), 200);
    EXPECT_EQ(answer->body(), one.body);
    EXPECT_EQ(answer->headers().value("content-type"), "application/json");
    EXPECT_TRUE(answer->run().context().unobserved());
  }
}

TEST_F(HealthLayerTest, LetsEverythingElseThrough) {
  start();
  for (const auto* path : {"/", "/healthy", "/Ready", "/ready/", "/health/detail", "/livid"}) {
    const auto answer = send(Method::get, path);
    EXPECT_EQ(answer->body(), "the handler") << path;
    EXPECT_FALSE(answer->run().context().unobserved()) << path;
  }
}

TEST_F(HealthLayerTest, OtherMethodsAreRefused) {
  start();
  for (const Method method : {Method::post, Method::put, Method::del, Method::options}) {
    const auto answer = send(method, "/ready");
    EXPECT_EQ(answer->status(), 405);
    EXPECT_EQ(answer->headers().value("allow"), "GET, HEAD");
    EXPECT_THAT(answer->body(), HasSubstr("METHOD_NOT_ALLOWED"));
  }
  EXPECT_EQ(send(Method::head, "/ready")->status(), 200);
}

TEST_F(HealthLayerTest, SaysWhyItIsNotReadyWithoutInternals) {
  health().start(world_.loop(), world_.loop().workers());
  const auto starting = send(Method::get, "/ready");
  EXPECT_EQ(starting->status(), 503);
  EXPECT_THAT(starting->body(), HasSubstr(R"("status":"not_ready")"));
  EXPECT_THAT(starting->body(), HasSubstr(R"("reason":"starting")"));
  EXPECT_THAT(starting->body(), HasSubstr(R"("grace_period_remaining":"30000.000ms")"));
  health().started();
  ASSERT_TRUE(health().maintenance("Bob is moving db-7", 1min));
  const auto held = send(Method::get, "/ready");
  EXPECT_EQ(held->status(), 503);
  EXPECT_THAT(held->body(), HasSubstr(R"("reason":"maintenance")"));
  EXPECT_THAT(held->body(), Not(HasSubstr("db-7")));
  health().end_maintenance();
  health().drain();
  const auto draining = send(Method::get, "/ready");
  EXPECT_EQ(draining->status(), 503);
  EXPECT_THAT(draining->body(), HasSubstr(R"("reason":"draining")"));
  EXPECT_EQ(draining->headers().value("x-envoy-immediate-health-check-fail"), "true");
  EXPECT_EQ(send(Method::get, "/live")->status(), 200) << "draining is no reason to be killed";
}

TEST_F(HealthLayerTest, AFailureIs503AndAWarning200) {
  result_ = CheckResult::fail("down");
  ASSERT_TRUE(health().add(scripted({.name = "db", .required = false})));
  start();
  world_.advance(32s);
  EXPECT_EQ(send(Method::get, "/health")->status(), 200);
  EXPECT_THAT(send(Method::get, "/health")->body(), HasSubstr("degraded"));
  ASSERT_TRUE(health().add(scripted({.name = "db2", .gates = HealthGate::ready})));
  world_.loop().settle();
  EXPECT_EQ(send(Method::get, "/health")->status(), 503);
  EXPECT_THAT(send(Method::get, "/health")->body(), HasSubstr("unhealthy"));
  EXPECT_EQ(send(Method::get, "/health", "application/health+json")->body(),
            R"({"status":"fail"})");
  EXPECT_EQ(send(Method::get, "/ready")->status(), 503);
  EXPECT_EQ(send(Method::get, "/live")->status(), 200) << "never for a dependency";
}

TEST_F(HealthLayerTest, LiveFailsWhereALoopHangs) {
  SimLoop hanging(3);
  health().heartbeats().add(hanging);
  start();
  EXPECT_EQ(send(Method::get, "/live")->status(), 200);
  world_.advance(9999ms);
  EXPECT_EQ(send(Method::get, "/live")->status(), 200);
  world_.advance(1ms);
  const auto dead = send(Method::get, "/live");
  EXPECT_EQ(dead->status(), 503);
  EXPECT_THAT(dead->body(), HasSubstr("not_alive"));
  hanging.settle();
  EXPECT_EQ(send(Method::get, "/live")->status(), 200);
}

TEST_F(HealthLayerTest, DetailsAreTheOriginalsJson) {
  result_ = CheckResult::warn("slow", "10.0.0.7 answers late").measured(7.5, "ms");
  ASSERT_TRUE(health().add(scripted({.name = "db", .gates = HealthGate::ready})));
  start();
  telemetry_->synchronise();
  EXPECT_EQ(
      detail("", HealthAudience::operators),
      R"({"status":"degraded","timestamp":"2026-01-01T00:16:40.000Z","duration":"0.000ms",)"
      R"("ready":true,"checks":{"db":{"name":"db","status":"degraded",)"
      R"("message":"10.0.0.7 answers late","duration":"0.000ms",)"
      R"("timestamp":"2026-01-01T00:16:40.000Z","details":{"type":"component","gates":"ready",)"
      R"("code":"slow","observed":7.5,"unit":"ms","circuit":"closed","flapping":false,)"
      R"("overdue":false,"failures_in_row":0,"runs":1,"transitions":1,)"
      R"("since":"2026-01-01T00:16:40.000Z","next_run":")" +
          std::string(detail("", HealthAudience::operators))
              .substr(detail("", HealthAudience::operators).find("next_run") + 11, 24) +
          R"("},"required":true}},"summary":{"total":1,"healthy":0,"unhealthy":0,"degraded":1,)"
          R"("unknown":0}})");
  EXPECT_THAT(detail("", HealthAudience::callers), Not(HasSubstr("10.0.0.7")));
}

TEST_F(HealthLayerTest, DetailsAreHealthJsonOrAPageForThoseWhoAsk) {
  result_ = CheckResult::fail("down", "<b>10.0.0.7</b> & co").measured(7.5, "ms");
  ASSERT_TRUE(health().add(scripted({.name = "db", .type = "datastore"})));
  start();
  world_.advance(40s);
  const std::string json = detail("application/health+json", HealthAudience::callers);
  EXPECT_THAT(json, HasSubstr(R"("status":"fail")"));
  EXPECT_THAT(json, HasSubstr(R"("db":[{"componentId":"db","componentType":"datastore",)"
                              R"("observedValue":7.5,"observedUnit":"ms","status":"fail",)"));
  EXPECT_THAT(json, HasSubstr(R"("output":"down")"));
  const Response page =
      detail_response(health(), now(), "text/html,*/*;q=0.8", HealthAudience::operators);
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.headers.value("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(std::string(page.body.bytes()), HasSubstr("&lt;b&gt;10.0.0.7&lt;/b&gt; &amp; co"));
  EXPECT_THAT(std::string(page.body.bytes()), HasSubstr("class=\"fail\""));
  for (const auto* accept : {"*/*", "", "application/json", "text/html;q=0", "*/*;q=0.1"}) {
    EXPECT_THAT(detail(accept, HealthAudience::operators), testing::StartsWith("{\"status\":\"un"))
        << accept;
  }
}

TEST_F(HealthLayerTest, AProbeAllocatesNothing) {
  if (!AllocationCounter::available()) GTEST_SKIP() << "allocations are not counted here";
  start();
  (void)ready_response(health(), now());
  const AllocationCounter allocations;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ready_response(health(), now()).status, 200);
    EXPECT_EQ(health_response(health(), now(), "*/*").status, 200);
    EXPECT_EQ(live_response(health(), now()).status, 200);
  }
  EXPECT_EQ(allocations.count(), 0U);
}

}  // namespace
}  // namespace lift
