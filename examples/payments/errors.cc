#include "errors.h"

namespace payments {

lift::HttpError as_http(const lift::Error& error) {
  if (error.code == "not_found") return lift::not_found("There is no such payment");
  if (error.code == "refund_too_large") {
    return lift::validation_error("The refund is larger than what is left of the payment")
        .detail("/amount", "out_of_range", "must be at most what has not been refunded");
  }
  if (error.code == "bad_cursor") {
    return lift::parameter_error("The query parameter is not valid")
        .detail("cursor", "not_allowed", "must be a next_cursor of an earlier page");
  }
  if (error.code == "store_busy" || error.code == "claim_lost") {
    return lift::HttpError(503, "STORE_BUSY", "The store is busy; try again")
        .header("retry-after", "1")
        .because(error.message);
  }
  return lift::system_error("The payment store failed").because(error.code + ": " + error.message);
}

}  // namespace payments
