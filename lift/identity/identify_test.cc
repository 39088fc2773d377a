#include "lift/identity/identify.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lift/identity/token_writer.h"
#include "lift/testing/sim_world.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kProxy = "10.0.0.1";
constexpr std::string_view kStranger = "203.0.113.7";

/// "tenant/user/role,role client-address" as the handler sees it.
Response whoami(Context& ctx) {
  std::string roles;
  for (const std::string_view role : ctx.identity().roles)
    (roles += roles.empty() ? "" : ",") += role;
  return text(ctx.tenant(), "/", ctx.user(), "/", roles, " ", ctx.client_address().to_string());
}

class IdentifyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "identify_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<TokenFile> tokens() {
    const std::string path = directory_ + "/tokens.txt";
    EXPECT_TRUE(
        add_token(path, "ann-token", {.tenant = "acme", .user = "ann", .roles = {"admin", "ops"}}));
    EXPECT_TRUE(add_token(path, "probe-token", {.user = "probe"}));
    return TokenFile::open(path).value();
  }
  static IdentifyOptions proxied() {
    return {.trusted_proxies = {*Cidr::parse("10.0.0.0/8")}, .proxy_identity = ProxyIdentity{}};
  }
  static IdentifyOptions resolved(Resolver resolver) { return {.resolver = std::move(resolver)}; }

  static Chain chain(const IdentifyOptions& options, const RouteOptions& route = {}) {
    auto layer = Identify::make(options).value();
    return std::move(Chain::build("/op", {AnyLayer(std::move(layer))}, whoami, route)).value();
  }
  std::unique_ptr<SimExchange> send(const Chain& chain, const Fields& fields,
                                    std::string_view peer = kStranger) {
    Request request = sim_request(Method::get, "/");
    request.peer = *IpAddress::parse(peer);
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return world.send(chain, std::move(request));
  }
  /// The body of a 200, or status and code of a refusal.
  std::string ask(const Chain& chain, const Fields& fields, std::string_view peer = kStranger) {
    const auto x = send(chain, fields, peer);
    if (x->status() == 200) return x->body().substr(0, x->body().find(' '));
    const std::string code = x->body().substr(x->body().find("\"code\":\"") + 8);
    return std::to_string(x->status()) + " " + code.substr(0, code.find('"'));
  }

  SimWorld world;
  std::string directory_;
};

TEST_F(IdentifyTest, WithoutASourceEveryoneIsAnonymous) {
  EXPECT_EQ(ask(chain({}), {}), "//");
  EXPECT_EQ(ask(chain({}), {{"authorization", "Bearer ann-token"}, {"x-tenant-id", "acme"}}), "//");
  EXPECT_EQ(ask(chain({}, {.is_public = false}), {}), "401 UNAUTHORIZED");
  EXPECT_EQ(ask(chain({}, {.require_tenant = true}), {}), "400 TENANT_REQUIRED");
}

TEST_F(IdentifyTest, ATokenTellsWhoAsks) {
  const Chain all = chain({.tokens = tokens()});
  const struct {
    Fields headers;
    std::string answer;
  } cases[] = {
      {{{"Authorization", "Bearer ann-token"}}, "acme/ann/admin,ops"},
      {{{"authorization", "bEARER   ann-token "}}, "acme/ann/admin,ops"},
      {{{"authorization", "Bearer probe-token"}}, "/probe/"},
      {{}, "401 UNAUTHORIZED"},
      {{{"authorization", ""}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer"}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer "}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer ann-toke"}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer ann-token x"}}, "401 UNAUTHORIZED"},
      {{{"authorization", "ann-token"}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Basic ann-token"}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer " + std::string(600, 'a')}}, "401 UNAUTHORIZED"},
      {{{"authorization", "Bearer ann-token"}, {"authorization", "Bearer x"}}, "401 UNAUTHORIZED"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ask(all, c.headers), c.answer) << (c.headers.empty() ? "" : c.headers[0].second);
  }
}

TEST_F(IdentifyTest, ARefusalTellsHowToComeBackAndNothingElse) {
  const Chain all = chain({.tokens = tokens()});
  const auto x = send(all, {{"authorization", "Bearer hunter2"}});
  EXPECT_EQ(x->status(), 401);
  EXPECT_EQ(x->headers().value("www-authenticate"), "Bearer");
  EXPECT_FALSE(x->body().contains("hunter2"));
}

TEST_F(IdentifyTest, APublicRouteTakesEveryone) {
  const Chain open = chain({.tokens = tokens()}, {.is_public = true});
  EXPECT_EQ(ask(open, {}), "//");
  EXPECT_EQ(ask(open, {{"authorization", "Bearer wrong"}}), "//");
  EXPECT_EQ(ask(open, {{"authorization", "Bearer ann-token"}}), "acme/ann/admin,ops");
}

TEST_F(IdentifyTest, ARouteThatNeedsATenantRefusesACallerWithoutOne) {
  const IdentifyOptions options{.tokens = tokens()};
  const Chain all = chain(options, {.require_tenant = true});
  EXPECT_EQ(ask(all, {{"authorization", "Bearer ann-token"}}), "acme/ann/admin,ops");
  EXPECT_EQ(ask(all, {{"authorization", "Bearer probe-token"}}), "400 TENANT_REQUIRED");
  EXPECT_EQ(ask(all, {}), "401 UNAUTHORIZED");
}

TEST_F(IdentifyTest, ATrustedProxyTellsWhoAsksAndNobodyElseDoes) {
  const Fields who{{"X-Tenant-Id", "acme"}, {"X-User-Id", "ann"}, {"X-Roles", "admin, ops"}};
  const Chain all = chain(proxied());
  EXPECT_EQ(ask(all, who, kProxy), "acme/ann/admin,ops");
  EXPECT_EQ(ask(all, who, "::ffff:10.0.0.1"), "acme/ann/admin,ops");
  EXPECT_EQ(ask(all, who, kStranger), "401 UNAUTHORIZED");
  EXPECT_EQ(ask(all, who, "11.0.0.1"), "401 UNAUTHORIZED");
  EXPECT_EQ(ask(chain(proxied(), {.is_public = true}), who, kStranger), "//");
}

TEST_F(IdentifyTest, WhatATrustedProxySaysIsCheckedAllTheSame) {
  const struct {
    Fields headers;
    std::string answer;
  } cases[] = {
      {{}, "401 UNAUTHORIZED"},
      {{{"x-roles", "admin"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", ""}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme"}}, "acme//"},
      {{{"x-user-id", "ann"}}, "/ann/"},
      {{{"x-tenant-id", "../acme"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme, other"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "mine"}, {"x-tenant-id", "acme"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme"}, {"x-user-id", "a"}, {"x-user-id", "b"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme"}, {"x-roles", "user"}, {"x-roles", "admin"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme"}, {"x-roles", "a b"}}, "401 UNAUTHORIZED"},
      {{{"x-tenant-id", "acme"}, {"x-roles", "a,,b"}}, "401 UNAUTHORIZED"},
  };
  const Chain all = chain(proxied());
  for (const auto& c : cases) {
    EXPECT_EQ(ask(all, c.headers, kProxy), c.answer)
        << (c.headers.empty() ? "" : c.headers[0].second);
  }
  std::string many = "r";
  for (int i = 1; i < 32; ++i) many += ",r";
  EXPECT_TRUE(
      ask(all, {{"x-tenant-id", "acme"}, {"x-roles", many}}, kProxy).starts_with("acme//r,r"));
  EXPECT_EQ(ask(all, {{"x-tenant-id", "acme"}, {"x-roles", many + ",r"}}, kProxy),
            "401 UNAUTHORIZED");
}

TEST_F(IdentifyTest, AKnownTokenGoesBeforeAProxyAndAProxyBeforeAFunction) {
  IdentifyOptions options = proxied();
  options.tokens = tokens();
  options.resolver = [](Context&) -> Resolution { return Claims{.tenant = "third", .user = "f"}; };
  const Chain all = chain(options);
  const Fields proxy{{"x-tenant-id", "second"}, {"x-user-id", "p"}};
  Fields both = proxy;
  both.emplace_back("authorization", "Bearer ann-token");
  Fields wrong = proxy;
  wrong.emplace_back("authorization", "Bearer of-another-kind");
  EXPECT_EQ(ask(all, both, kProxy), "acme/ann/admin,ops");
  EXPECT_EQ(ask(all, wrong, kProxy), "second/p/");
  EXPECT_EQ(ask(all, wrong, kStranger), "third/f/");
}

TEST_F(IdentifyTest, AFunctionMayDecide) {
  const struct {
    Resolution says;
    std::string answer;
  } cases[] = {
      {Claims{.tenant = "acme", .user = "ann", .roles = {"x"}}, "acme/ann/x"},
      {std::nullopt, "401 UNAUTHORIZED"},
      {Claims{}, "401 UNAUTHORIZED"},
      {Claims{.tenant = "a/b"}, "401 UNAUTHORIZED"},
      {std::unexpected(unauthorized("Expired.")), "401 UNAUTHORIZED"},
      {std::unexpected(authorization_error("Blocked.")), "403 AUTHORIZATION_ERROR"},
      {std::unexpected(HttpError(503, "IDENTITY_UNAVAILABLE", "No keys.")),
       "503 IDENTITY_UNAVAILABLE"},
  };
  for (const auto& c : cases) {
    const Resolver resolver = [&](Context&) { return c.says; };
    EXPECT_EQ(ask(chain(resolved(resolver)), {}), c.answer);
    const bool known = c.answer.starts_with("acme");
    EXPECT_EQ(ask(chain(resolved(resolver), {.is_public = true}), {}), known ? c.answer : "//");
    const AsyncResolver later = [&](Context&) -> Task<Resolution> { co_return c.says; };
    EXPECT_EQ(ask(chain({.async_resolver = later}), {}), c.answer);
  }
}

TEST_F(IdentifyTest, AFunctionMayWait) {
  const AsyncResolver later = [](Context& ctx) -> Task<Resolution> {
    co_await ctx.sleep(1s);
    co_return Claims{.tenant = "acme", .user = std::string(ctx.request().headers.value("x-key"))};
  };
  const auto layer = Identify::make({.async_resolver = later}).value();
  const Chain all = std::move(Chain::build("/op", {AnyLayer(layer)}, whoami)).value();
  const auto x = send(all, {{"x-key", "ann"}});
  EXPECT_FALSE(x->answered());
  ASSERT_TRUE(layer->update({}));
  world.advance(1s);
  EXPECT_EQ(x->body(), "acme/ann/ 203.0.113.7");
}

TEST_F(IdentifyTest, AFunctionThatThrowsLetsNobodyIn) {
  const Resolver throws = [](Context&) -> Resolution { throw std::runtime_error("secret"); };
  EXPECT_EQ(ask(chain(resolved(throws)), {}), "500 SYSTEM_ERROR");
  const AsyncResolver later = [](Context& ctx) -> Task<Resolution> {
    co_await ctx.sleep(1s);
    throw std::runtime_error("secret");
  };
  const Chain all = chain({.async_resolver = later});
  const auto x = send(all, {});
  world.advance(1s);
  EXPECT_EQ(x->status(), 500);
  EXPECT_FALSE(x->body().contains("secret"));
}

TEST_F(IdentifyTest, TheClientsAddressIsSeenThroughTrustedProxiesOnly) {
  const Chain all = chain({.trusted_proxies = {*Cidr::parse("10.0.0.0/8")}});
  const Fields via{{"x-forwarded-for", "1.1.1.1, 198.51.100.9, 10.2.3.4"}};
  EXPECT_EQ(send(all, via, kProxy)->body(), "// 198.51.100.9");
  EXPECT_EQ(send(all, via, kStranger)->body(), "// 203.0.113.7");
  EXPECT_EQ(send(all, {{"forwarded", "for=1.1.1.1"}}, kProxy)->body(), "// 10.0.0.1");
  const Chain other = chain(
      {.trusted_proxies = {*Cidr::parse("10.0.0.0/8")}, .forwarded = ForwardedSource::forwarded});
  EXPECT_EQ(send(other, {{"forwarded", "for=1.1.1.1"}}, kProxy)->body(), "// 1.1.1.1");
}

TEST_F(IdentifyTest, ANewTokenIsKnownWithinASecond) {
  const Chain all = chain({.tokens = tokens()});
  const Fields bob{{"authorization", "Bearer bob-token"}};
  EXPECT_EQ(ask(all, bob), "401 UNAUTHORIZED");
  ASSERT_TRUE(
      add_token(directory_ + "/tokens.txt", "bob-token", {.tenant = "acme", .user = "bob"}));
  world.advance(999ms);
  EXPECT_EQ(ask(all, bob), "401 UNAUTHORIZED");
  world.advance(1ms);
  EXPECT_EQ(ask(all, bob), "acme/bob/");
}

TEST_F(IdentifyTest, BadOptionsAreRefusedWithEveryReason) {
  IdentifyOptions options;
  options.proxy_identity = ProxyIdentity{.tenant_header = "x tenant", .user_header = ""};
  options.resolver = [](Context&) -> Resolution { return std::nullopt; };
  options.async_resolver = [](Context&) -> Task<Resolution> { co_return std::nullopt; };
  EXPECT_EQ(options.validate().text(),
            "resolver: value \"set\" must not be set together with `async_resolver`\n"
            "proxy_identity: value \"set\" needs at least one of `trusted_proxies`\n"
            "proxy_identity.tenant_header: value \"x tenant\" must be the name of a header\n"
            "proxy_identity.user_header: value \"\" must be the name of a header");
  EXPECT_FALSE(Identify::make(options));
  const auto layer = Identify::make().value();
  EXPECT_FALSE(layer->update(options));
  EXPECT_TRUE(layer->update(proxied()));
}

}  // namespace
}  // namespace lift
