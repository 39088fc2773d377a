#include <algorithm>
#include <optional>
#include <utility>

#include "lift/aws/detail/aws_time.h"
#include "lift/aws/detail/found_credentials.h"
#include "lift/base/loop.h"
#include "lift/http/json.h"

namespace lift::detail {
namespace {

constexpr std::size_t kMaxPart = 16'384;
constexpr std::uint64_t kMaxAnswer = 65'536;

bool sendable(std::string_view part) noexcept {
  return part.size() <= kMaxPart &&
         std::ranges::all_of(part, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<> check_part(std::string_view name, std::string_view part, bool needed) {
  const std::string subject = "the " + std::string(name);
  if (needed && part.empty()) return fail("bad_credentials", subject + " is empty");
  if (!sendable(part))
    return fail("bad_credentials", subject +
                                       " holds what none does: a blank, a control or "
                                       "non-ASCII character, or more than 16 KiB");
  return {};
}

struct Metadata {
  std::optional<std::string> code;
  std::string key_id;
  std::string secret;
  std::optional<std::string> token;
  std::optional<std::string> expiration;

  static void describe(Fields<Metadata>& f) {
    f.field("Code", &Metadata::code);
    f.field("AccessKeyId", &Metadata::key_id);
    f.field("SecretAccessKey", &Metadata::secret);
    f.field("Token", &Metadata::token);
    f.field("Expiration", &Metadata::expiration);
    f.ignore_others();
  }
};

/// A refusal, which has no keys.
struct Refusal {
  std::optional<std::string> code;
  static void describe(Fields<Refusal>& f) {
    f.field("Code", &Refusal::code);
    f.ignore_others();
  }
};

/// Without the answer's own words: they might be a secret.
std::unexpected<Error> wrong_answer(const HttpError& error) {
  std::string why = "the answer is not JSON";
  if (!error.violations().empty()) {
    const Violation& first = error.violations()[0];
    why = "the answer is not as expected: " + first.pointer + " " + first.code;
  }
  return fail("bad_credentials", std::move(why));
}

}  // namespace

Result<SharedCredentials> checked(AwsCredentials found, WallTime now) {
  for (const Result<>& part : {check_part("access key id", found.access_key_id, true),
                               check_part("secret access key", found.secret_access_key, true),
                               check_part("session token", found.session_token, false)}) {
    if (!part) return std::unexpected(part.error());
  }
  if (found.expires && *found.expires <= now) {
    return fail("bad_credentials", "the credentials expired at " + amz_date(*found.expires) +
                                       "; it is " + amz_date(now));
  }
  return std::make_shared<const AwsCredentials>(std::move(found));
}

Result<std::optional<WallTime>> parse_expiration(std::string_view text) {
  if (const auto time = parse_iso8601(text)) return time;
  return fail("bad_credentials", "the time of expiration is no ISO 8601 time");
}

Result<SharedCredentials> from_metadata(std::string_view json, WallTime now) {
  const auto refusal = from_json<Refusal>(json);
  if (refusal && refusal->code && *refusal->code != "Success")
    return fail("credentials_unavailable", "the answer's Code is not Success");
  auto found = from_json<Metadata>(json);
  if (!found) return wrong_answer(found.error());
  AwsCredentials credentials{.access_key_id = std::move(found->key_id),
                             .secret_access_key = std::move(found->secret),
                             .session_token = found->token.value_or(""),
                             .expires = {}};
  if (found->expiration) {
    const auto expires = parse_expiration(*found->expiration);
    if (!expires) return std::unexpected(expires.error());
    credentials.expires = *expires;
  }
  return checked(std::move(credentials), now);
}

Task<Result<ClientResponse>> fetch(HttpTransport& transport, ClientRequest& request,
                                   Duration timeout) {
  request.deadline = saturating_add(Loop::current().clock().now(), timeout);
  request.response_limit = kMaxAnswer;
  Result<ClientResponse> response = co_await transport.send(request);
  // The transport's message might quote the request; its code cannot.
  if (!response) {
    co_return fail("credentials_unavailable",
                   request.url.authority() + " gave no answer: " + response.error().code);
  }
  co_return response;
}

std::unexpected<Error> unexpected_status(const ClientRequest& request, int status) {
  return fail("credentials_unavailable",
              request.url.authority() + " answered " + std::to_string(status));
}

}  // namespace lift::detail
