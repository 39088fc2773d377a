#pragma once
// The store's errors as a client sees them.

#include "lift/base/error.h"
#include "lift/http/errors.h"

namespace payments {

/// 4xx for what the client can mend, 503 for what passes; the store's own words go to the log.
[[nodiscard]] lift::HttpError as_http(const lift::Error& error);

}  // namespace payments
