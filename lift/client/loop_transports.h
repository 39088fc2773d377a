#pragma once
// A transport for each loop that asks: connections never change loops, so a client that serves all
// of them has one on each.
//
// Thread-safety: here() from every loop; each transport belongs to the loop that it was made on,
// and ends with it.
// Cost: a search among what the loop keeps, about 2 ns; a transport is made at the first call.

#include <functional>
#include <memory>

#include "lift/base/loop.h"
#include "lift/http/transport.h"

namespace lift {

using TransportFactory = std::function<std::unique_ptr<HttpTransport>(Loop&)>;

class LoopTransports {
 public:
  explicit LoopTransports(TransportFactory make)
      : make_(std::make_shared<const TransportFactory>(std::move(make))) {}

  /// That of the current loop, which lives as long as the loop.
  [[nodiscard]] HttpTransport& here() const;

 private:
  std::shared_ptr<const TransportFactory> make_;
};

}  // namespace lift
