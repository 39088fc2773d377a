#pragma once
// How fast an error budget may burn: the windows and factors of Google's SRE workbook, chapter 5.
//
// Thread-safety: constants. Cost: none.

#include <array>
#include <chrono>
#include <cmath>

namespace lift::detail {

struct Window {
  const char* name;  ///< as Prometheus writes it
  std::chrono::seconds seconds;
};

inline constexpr Window k5Minutes{"5m", std::chrono::minutes(5)};
inline constexpr Window k30Minutes{"30m", std::chrono::minutes(30)};
inline constexpr Window k1Hour{"1h", std::chrono::hours(1)};
inline constexpr Window k6Hours{"6h", std::chrono::hours(6)};
inline constexpr Window k3Days{"3d", std::chrono::days(3)};
inline constexpr std::array kWindows{k5Minutes, k30Minutes, k1Hour, k6Hours, k3Days};

struct BurnRate {
  double factor;   ///< times the budget's even spending over 30 days
  Window window;   ///< in which it must be exceeded
  Window control;  ///< and in which too, so that the alarm ends soon after the trouble
  const char* severity;
  const char* alert;    ///< Prometheus's name
  const char* title;    ///< CloudWatch's
  const char* meaning;  ///< one sentence
};

inline constexpr std::array kBurnRates{
    BurnRate{14.4, k1Hour, k5Minutes, "page", "LiftErrorBudgetBurnsFast", "error budget burns fast",
             "At this rate the 30 days' error budget is gone in two days."},
    BurnRate{6, k6Hours, k30Minutes, "page", "LiftErrorBudgetBurns", "error budget burns",
             "At this rate the 30 days' error budget is gone in five days."},
    BurnRate{1, k3Days, k6Hours, "ticket", "LiftErrorBudgetWillNotLast",
             "error budget will not last",
             "At this rate the error budget does not last for its 30 days."},
};

/// A share as a percentage, without the noise of its last digits.
inline double percent(double share) { return std::round(share * 1e8) / 1e6; }

}  // namespace lift::detail
