#include "lift/client/loop_transports.h"

#include <utility>

namespace lift {
namespace {

struct Kept final : LoopLocal {
  Kept(std::shared_ptr<const TransportFactory> the_owner, std::unique_ptr<HttpTransport> its)
      : owner(std::move(the_owner)), transport(std::move(its)) {}

  std::shared_ptr<const TransportFactory> owner;  // while this lives its address is nobody else's
  std::unique_ptr<HttpTransport> transport;
};

}  // namespace

HttpTransport& LoopTransports::here() const {
  Loop& loop = Loop::current();
  LoopLocal* local = loop.kept(make_.get());
  if (local == nullptr) {
    local = &loop.keep(make_.get(), std::make_unique<Kept>(make_, (*make_)(loop)));
  }
  return *static_cast<Kept*>(local)->transport;
}

}  // namespace lift
