#pragma once
// Everything a service needs, in one include.
//
// Thread-safety: see each header.
// Cost: the compile time of all of them; a file that cares includes
// what it uses.

#include "lift/app/app.h"
#include "lift/base/callback.h"
#include "lift/base/offload.h"
#include "lift/base/sleep.h"
#include "lift/base/task.h"
#include "lift/base/when.h"
#include "lift/chain/context.h"
#include "lift/chain/typed.h"
#include "lift/client/client.h"
#include "lift/client/proxy.h"
#include "lift/health/health.h"
#include "lift/http/cookies.h"
#include "lift/http/errors.h"
#include "lift/http/json.h"
#include "lift/http/response.h"
#include "lift/identity/require_role.h"
#include "lift/resilience/circuit_breaker_layer.h"
