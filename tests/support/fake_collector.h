#pragma once
// An OTLP/HTTP collector on virtual time, strict about what it is sent.

#include <zlib.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_transport.h"

namespace lift::test {

inline std::string gunzipped(std::string in) {
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  std::string out;
  std::array<char, 4096> block;
  int step = Z_OK;
  while (step == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = block.size();
    step = inflate(&z, Z_NO_FLUSH);
    out.append(block.data(), block.size() - z.avail_out);
  }
  inflateEnd(&z);
  return step == Z_STREAM_END ? out : "not gzip";
}

/// The messages in field `number` of a Protocol Buffers message; nothing if it is malformed.
inline std::optional<std::vector<std::string_view>> submessages(std::string_view in,
                                                                std::uint64_t number) {
  std::vector<std::string_view> out;
  const auto varint = [&in]() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  };
  while (!in.empty()) {
    const auto key = varint();
    if (!key) return std::nullopt;
    std::size_t size = (*key & 7U) == 1 ? 8 : (*key & 7U) == 5 ? 4 : 0;
    if ((*key & 7U) == 0 && !varint()) return std::nullopt;
    if ((*key & 7U) == 2) {
      const auto length = varint();
      if (!length) return std::nullopt;
      size = *length;
    }
    if (size > in.size()) return std::nullopt;
    if (*key >> 3U == number) out.push_back(in.substr(0, size));
    in.remove_prefix(size);
  }
  return out;
}

/// Takes what a FakeTransport is sent; answers 400 with the reason to what is not in order.
class FakeCollector {
 public:
  explicit FakeCollector(FakeTransport& net) {
    net.always = [this](const ClientRequest& request) { return serve(request); };
  }
  std::size_t items = 0;  ///< spans or log records that were taken
  std::string answer;     ///< the body of a 200
  std::string refusal;    ///< why the last one was refused

  static constexpr std::size_t kMostBytes = 5'000'000;
  static constexpr std::size_t kMostItems = 10'000;

 private:
  Task<Result<ClientResponse>> serve(const ClientRequest& request) {
    const std::optional<std::size_t> got = judge(request);
    if (!got) co_return test::answer(400, refusal);
    items += *got;
    co_return test::answer(200, answer);
  }
  std::optional<std::size_t> refuse(std::string why) {
    refusal = std::move(why);
    return std::nullopt;
  }
  std::optional<std::size_t> judge(const ClientRequest& request) {
    const std::string_view encoding = request.headers.value("content-encoding");
    if (request.method != "POST") return refuse("method");
    if (!encoding.empty() && encoding != "gzip") return refuse("content-encoding");
    const std::string body = encoding.empty() ? request.body : gunzipped(request.body);
    if (body.empty() || body.size() > kMostBytes) return refuse("size");
    const std::string_view path = request.url.target;
    if (path != "/v1/traces" && path != "/v1/logs" && path != "/v1/metrics") return refuse("path");
    const std::string_view type = request.headers.value("content-type");
    std::optional<std::size_t> got;
    if (type == "application/x-protobuf") got = count_protobuf(body);
    if (type == "application/json") got = count_json(body, path);
    if (!got || *got == 0 || *got > kMostItems) return refuse("items");
    return got;
  }
  /// Resource…, Scope…, and the items: the same fields in all three signals.
  static std::optional<std::size_t> count_protobuf(std::string_view body) {
    std::size_t count = 0;
    const auto resources = submessages(body, 1);
    if (!resources) return std::nullopt;
    for (const std::string_view resource : *resources) {
      const auto scopes = submessages(resource, 2);
      if (!scopes) return std::nullopt;
      for (const std::string_view scope : *scopes) {
        const auto found = submessages(scope, 2);
        if (!found) return std::nullopt;
        count += found->size();
      }
    }
    return count;
  }
  static std::optional<std::size_t> count_json(std::string_view body, std::string_view path) {
    if (!body.starts_with('{') || !body.ends_with('}')) return std::nullopt;
    if (body.contains("}{") || body.contains(",,") || body.contains("[,")) return std::nullopt;
    const std::string_view mark = path == "/v1/traces" ? R"("kind":)" : R"("timeUnixNano":)";
    std::size_t count = 0;
    for (std::size_t at = 0; (at = body.find(mark, at)) != std::string_view::npos; ++at) ++count;
    return count;
  }
};

}  // namespace lift::test
