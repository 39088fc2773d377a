#pragma once
// What the benchmarks found, as a table for people and as JSON for programs.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/bench.h"

namespace lift::bench {

struct Finding {
  std::string_view id;
  std::string_view unit;
  Figures figures;

  [[nodiscard]] bool over_budget() const noexcept {
    return figures.budget && figures.value > *figures.budget;
  }
};

/// The machine the figures are of: processor, how many of them are ours, compiler.
[[nodiscard]] std::string machine();

void print_heading(std::FILE* out);
void print_line(std::FILE* out, const Finding& finding);

/// One object a line in an array: id, value, unit, allocs, budget, floor, peers; null what does not
/// apply.
[[nodiscard]] std::string to_json(const std::vector<Finding>& findings);

}  // namespace lift::bench
