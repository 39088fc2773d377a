#pragma once
// Measuring: a row of the table that ./bench prints, and how its figures come about.
//
//   const bench::Row kRow("router.10", bench::Budget(100), [] { return matching(10); });
//
// where `matching` sets up and returns what runs the measured work so many times.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lift/base/error.h"

namespace lift::bench {

/// Runs the measured work `times` times, and nothing else.
using Work = std::move_only_function<void(std::uint64_t times)>;

/// Makes the compiler believe that `value` is needed.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

/// What one run of the work costs: medians over repetitions, CPU time of this thread.
struct Sample {
  double ns = 0;
  std::optional<double> allocs = std::nullopt;
};
[[nodiscard]] Sample sample(Work work);

/// One line of the table. What does not apply is absent.
struct Figures {
  double value = 0;
  std::optional<double> allocs = std::nullopt;
  std::optional<double> budget = std::nullopt;
  std::optional<double> floor = std::nullopt;
  std::vector<std::pair<std::string, double>> peers = {};
};

/// The most a row may cost, in its unit.
struct Budget {
  explicit constexpr Budget(double most) : value(most) {}
  double value;
};

/// Registers itself: keep it in a namespace-scope constant.
class Row {
 public:
  using Measure = Result<Figures> (*)();
  using Prepare = Work (*)();

  /// Nanoseconds and allocations of one run of what `prepare` returns.
  Row(std::string_view id, Budget budget, Prepare prepare);
  /// Whatever `measure` finds, in `unit`.
  Row(std::string_view id, std::string_view unit, Measure measure);

  [[nodiscard]] std::string_view id() const noexcept { return id_; }
  [[nodiscard]] std::string_view unit() const noexcept { return unit_; }
  [[nodiscard]] Result<Figures> measure() const { return measure_(); }

 private:
  std::string_view id_;
  std::string_view unit_;
  std::function<Result<Figures>()> measure_;
};

/// All rows, by id.
[[nodiscard]] std::vector<const Row*> rows();

[[nodiscard]] double median(std::vector<double> values);

}  // namespace lift::bench
