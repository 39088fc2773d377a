#pragma once
// What all parts of a client share: its loop, its options, its counters.
//
// Thread-safety: counters may be read from any thread, the rest belongs to the loop.
// Cost: no work of its own.

#include <string_view>
#include <utility>

#include "lift/net/detail/counter.h"
#include "lift/net/detail/net_loop.h"
#include "lift/net/http_client_options.h"

namespace lift::detail {

struct ClientCounters {
  Counter connections;
  Counter idle;
  Counter running;
  Counter waiting;
  Counter connected;
  Counter requests;
  Counter answered;
  Counter reused;
  Counter repeated;
  Counter queued;
  Counter cancelled;
  Counter lookups;

  Counter bad_request;
  Counter resolve_failed;
  Counter connect_failed;
  Counter connect_timeout;
  Counter tls_failed;
  Counter timeout;
  Counter connection_lost;
  Counter bad_response;
  Counter too_large;
  Counter busy;
};

struct ClientSetting {
  ClientSetting(NetLoop& its_loop, HttpClientOptions its_options)
      : loop(its_loop), options(std::move(its_options)) {}

  [[nodiscard]] Instant now() const noexcept { return loop.clock().now(); }

  NetLoop& loop;
  const HttpClientOptions options;
  ClientCounters counters;
};

}  // namespace lift::detail
