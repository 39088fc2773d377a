#include "lift/http/transport.h"

namespace lift {
namespace {

/// A response that is there already.
class ReadResponse final : public OpenResponse {
 public:
  explicit ReadResponse(ClientResponse response) : body_(std::move(response.body)) {
    head = std::move(response);
    head.body.clear();
    length = body_.size();
  }

  Task<Result<std::optional<std::string_view>>> next() override {
    if (std::exchange(told_, true) || body_.empty()) {
      co_return std::optional<std::string_view>();
    }
    co_return std::optional<std::string_view>(body_);
  }

 private:
  const std::string body_;
  bool told_ = false;
};

}  // namespace

Task<Result<std::unique_ptr<OpenResponse>>> HttpTransport::open(ClientRequest& request) {
  Task<Result<ClientResponse>> sending = send(request);
  Result<ClientResponse> answer = co_await sending;
  if (!answer) co_return std::unexpected(answer.error());
  std::unique_ptr<OpenResponse> opened = std::make_unique<ReadResponse>(std::move(*answer));
  co_return opened;
}

}  // namespace lift
