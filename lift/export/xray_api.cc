#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/loop.h"
#include "lift/export/aws_answer.h"
#include "lift/export/http_carrier.h"
#include "lift/export/xray_destination.h"
#include "lift/http/json.h"
#include "lift/telemetry/xray_segment.h"

namespace lift {
namespace {

struct Unprocessed {
  std::string id;
  std::optional<std::string> code;
  std::optional<std::string> message;
  static void describe(Fields<Unprocessed>& f) {
    f.ignore_others();
    f.field("Id", &Unprocessed::id);
    f.field("ErrorCode", &Unprocessed::code);
    f.field("Message", &Unprocessed::message);
  }
};
struct PutAnswer {
  std::optional<std::vector<Unprocessed>> unprocessed;
  static void describe(Fields<PutAnswer>& f) {
    f.ignore_others();
    f.field("UnprocessedTraceSegments", &PutAnswer::unprocessed);
  }
};

bool may_help(std::string_view code) noexcept {
  return is_aws_throttling(code) || code.starts_with("Internal") ||
         code.starts_with("ServiceUnavailable");
}

class SegmentsCarrier final : public HttpCarrier {
 public:
  using HttpCarrier::HttpCarrier;

 private:
  void write_body(const Batch& batch, std::string& out) override {
    std::vector<std::string> documents;
    for (std::size_t i = 0; i < batch.size(); ++i) documents.emplace_back(batch.entry(i));
    // One body: a batch is no more than a call takes.
    for (const std::string& body : put_trace_segments(documents)) out += body;
  }

  SendResult judge(const ClientResponse& response, const Batch& batch) override {
    SendResult result = judge_aws(response, Loop::current().clock().wall());
    if (result.kind != SendResult::Kind::delivered) return result;
    const auto answer = from_json<PutAnswer>(response.body);
    if (!answer || !answer->unprocessed) return result;
    for (const Unprocessed& segment : *answer->unprocessed) {
      result.problem = segment.code.value_or("") + ": " + segment.message.value_or("");
      const std::optional<std::uint32_t> at = find(batch, segment.id);
      if (at && may_help(segment.code.value_or(""))) {
        result.unprocessed.push_back(*at);
      } else {
        ++result.rejected;
      }
    }
    std::ranges::sort(result.unprocessed);
    const auto repeated = std::ranges::unique(result.unprocessed);
    result.unprocessed.erase(repeated.begin(), repeated.end());
    return result;
  }

  /// Which document is that of a segment: its own id is the first that it names.
  static std::optional<std::uint32_t> find(const Batch& batch, std::string_view id) {
    constexpr std::string_view kId = R"("id":")";
    for (std::uint32_t i = 0; i < batch.size() && !id.empty(); ++i) {
      const std::string_view document = batch.entry(i);
      const std::size_t at = document.find(kId);
      if (at == std::string_view::npos) continue;
      if (document.substr(at + kId.size()).starts_with(id)) return i;
    }
    return std::nullopt;
  }
};

class XrayApi final : public Destination {
 public:
  XrayApi(const XrayApiOptions& options, const Resource& resource, HttpTransport& transport,
          HttpTarget target)
      : encoder_(resource),
        carrier_(transport, std::move(target)),
        sender_(options.sender,
                {.max_items = kXrayDocumentsACall, .max_entry_bytes = kXrayDocumentBytes},
                carrier_) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "xray.api"; }
  [[nodiscard]] Signal signal() const noexcept override { return Signal::traces; }
  void request(const RequestView& request) override {
    for (const std::string& document : encoder_.documents(request)) {
      sender_.push(document, request.start, request.failed);
    }
  }

  Task<void> run() override { return sender_.run(); }
  Task<void> flush(Instant deadline) override { co_await sender_.flush(deadline); }
  void stop() noexcept override { sender_.stop(); }
  [[nodiscard]] DestinationStats stats() const noexcept override { return sender_.stats(); }
  [[nodiscard]] std::string_view problem() const noexcept override { return sender_.problem(); }

 private:
  XraySegmentEncoder encoder_;
  SegmentsCarrier carrier_;
  BatchSender sender_;
};

}  // namespace

Problems XrayApiOptions::validate() const {
  Problems problems;
  problems.add_all("sender", sender.validate());
  return problems;
}

Result<std::unique_ptr<Destination>> make_xray_api(const XrayApiOptions& options,
                                                   const Resource& resource, Url endpoint,
                                                   HttpTransport& transport) {
  const Result<> valid = options.validate().as_result();
  if (!valid) return std::unexpected(valid.error());
  endpoint.target = "/TraceSegments";
  HttpTarget target{.url = std::move(endpoint),
                    .headers = {{"content-type", "application/json"}},
                    .gzip = options.gzip};
  return std::make_unique<XrayApi>(options, resource, transport, std::move(target));
}

}  // namespace lift
