#pragma once
// The labels of the framework's own metrics (own_metrics.h): their names, and which a metric has.
//
// Thread-safety: constants.
// Cost: none.

#include <string_view>

namespace lift {

namespace own_label {

inline constexpr std::string_view kMethod = "http.request.method";
inline constexpr std::string_view kRoute = "http.route";
inline constexpr std::string_view kStatus = "http.response.status_code";
inline constexpr std::string_view kScheme = "url.scheme";
inline constexpr std::string_view kErrorType = "error.type";
inline constexpr std::string_view kTenant = "tenant.id";
inline constexpr std::string_view kOutcome = "outcome";
inline constexpr std::string_view kSignal = "signal";
inline constexpr std::string_view kReason = "reason";
inline constexpr std::string_view kDestination = "destination";
inline constexpr std::string_view kCheck = "check";
inline constexpr std::string_view kCheckStatus = "status";
inline constexpr std::string_view kLimit = "limit";
inline constexpr std::string_view kDecision = "decision";
inline constexpr std::string_view kDifference = "difference";
inline constexpr std::string_view kResult = "result";
inline constexpr std::string_view kBreaker = "breaker";
inline constexpr std::string_view kState = "state";
inline constexpr std::string_view kCause = "cause";
inline constexpr std::string_view kServerAddress = "server.address";
inline constexpr std::string_view kServerPort = "server.port";
inline constexpr std::string_view kClient = "client";
inline constexpr std::string_view kBulkhead = "bulkhead";
inline constexpr std::string_view kLevel = "level";
inline constexpr std::string_view kPriority = "priority";
inline constexpr std::string_view kRetry = "retry";

// In the order that values are given in.
inline constexpr std::string_view kOfDuration[]{kMethod, kRoute, kStatus, kScheme, kErrorType};
inline constexpr std::string_view kOfSize[]{kMethod, kRoute};
inline constexpr std::string_view kOfActive[]{kMethod};
inline constexpr std::string_view kOfTenant[]{kTenant, kOutcome};
inline constexpr std::string_view kOfDropped[]{kSignal, kReason};
inline constexpr std::string_view kOfExported[]{kSignal, kDestination};
inline constexpr std::string_view kOfCheck[]{kCheck};
inline constexpr std::string_view kOfTransition[]{kCheck, kCheckStatus};
inline constexpr std::string_view kOfLimit[]{kLimit};
inline constexpr std::string_view kOfDecision[]{kLimit, kDecision};
inline constexpr std::string_view kOfLimitResult[]{kLimit, kResult};
inline constexpr std::string_view kOfDifference[]{kLimit, kDifference};

inline constexpr std::string_view kOfClientDuration[]{kMethod, kServerAddress, kServerPort, kStatus,
                                                      kErrorType};
inline constexpr std::string_view kOfClient[]{kClient};
inline constexpr std::string_view kOfClientRetry[]{kClient, kResult};
inline constexpr std::string_view kOfBulkhead[]{kBulkhead};
inline constexpr std::string_view kOfBulkheadResult[]{kBulkhead, kResult};
inline constexpr std::string_view kOfBulkheadRejection[]{kBulkhead, kLevel, kReason};
inline constexpr std::string_view kOfShedResult[]{kResult};
inline constexpr std::string_view kOfShedRejection[]{kPriority, kReason};
inline constexpr std::string_view kOfRetry[]{kRetry, kResult};
inline constexpr std::string_view kOfBreaker[]{kBreaker};
inline constexpr std::string_view kOfBreakerResult[]{kBreaker, kResult};
inline constexpr std::string_view kOfBreakerState[]{kBreaker, kState};
inline constexpr std::string_view kOfBreakerChange[]{kBreaker, kState, kCause};

}  // namespace own_label

}  // namespace lift
