#include "benchmarks/bench.h"

#include <algorithm>
#include <ctime>

#include "lift/testing/allocations.h"

namespace lift::bench {
namespace {

constexpr double kRepetitionNs = 20e6;  // long against the clock's cost and a switch of threads
constexpr int kRepetitions = 11;

/// Filled while the program starts, before main reads it.
std::vector<const Row*>& registry() {
  static std::vector<const Row*> all;
  return all;
}

double thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double timed(Work& work, std::uint64_t times) {
  const double begin = thread_cpu_ns();
  work(times);
  return thread_cpu_ns() - begin;
}

/// How often the work must run for one repetition; running it that often also warms it up.
std::uint64_t calibrate(Work& work) {
  std::uint64_t times = 1;
  while (timed(work, times) < kRepetitionNs) times *= 2;
  return times;
}

}  // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

Sample sample(Work work) {
  const std::uint64_t times = calibrate(work);
  const auto runs = static_cast<double>(times);
  std::vector<double> ns;
  std::vector<double> allocs;
  for (int i = 0; i < kRepetitions; ++i) {
    const AllocationCounter counter;
    ns.push_back(timed(work, times) / runs);
    allocs.push_back(static_cast<double>(counter.count()) / runs);
  }
  Sample out{median(std::move(ns)), std::nullopt};
  if (AllocationCounter::available()) out.allocs = median(std::move(allocs));
  return out;
}

Row::Row(std::string_view id, Budget budget, Prepare prepare)
    : id_(id), unit_("ns"), measure_([budget, prepare]() -> Result<Figures> {
        const Sample found = sample(prepare());
        return Figures{found.ns, found.allocs, budget.value, std::nullopt, {}};
      }) {
  registry().push_back(this);
}

Row::Row(std::string_view id, std::string_view unit, Measure measure)
    : id_(id), unit_(unit), measure_(measure) {
  registry().push_back(this);
}

std::vector<const Row*> rows() {
  std::vector<const Row*> all = registry();
  std::ranges::sort(all, {}, &Row::id);
  return all;
}

}  // namespace lift::bench
