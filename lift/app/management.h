#pragma once
// The management listener: what operators and their machines read, apart from the service itself,
// so that it answers when the service is busy and is not open to whoever may call the service.
//
// Fixed routes, read-only, a thread of its own.
// Thread-safety: routes are added by one thread before start(); handlers run on its own loop.
// Cost: a thread, asleep when nobody asks.

#include <memory>
#include <string>
#include <string_view>

#include "lift/base/error.h"
#include "lift/chain/handler.h"
#include "lift/net/server_options.h"

namespace lift {

struct ManagementOptions {
  /// Loopback unless told otherwise: what it shows is for operators only.
  ListenAddress listen{"127.0.0.1", 9464, ""};

  [[nodiscard]] Problems validate() const;
};

class Management {
 public:
  explicit Management(ManagementOptions options);
  Management(const Management&) = delete;
  Management& operator=(const Management&) = delete;
  /// stop().
  ~Management();

  /// Adds a GET route. Before start().
  void get(std::string_view path, std::string_view about, Handler handler);
  /// Errors: `management_port` if the address cannot be had, with the flag that moves it.
  Result<> start();
  /// Where it listens, once started: "http://127.0.0.1:9464".
  [[nodiscard]] std::string address() const;
  /// Ends at once. Idempotent.
  void stop();

 private:
  class Pages;
  const ManagementOptions options_;
  std::unique_ptr<Pages> pages_;
};

}  // namespace lift
