#include "lift/base/cpu.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>

#include "tests/support/scratch_folder.h"

namespace lift {
namespace {

namespace fs = std::filesystem;

class CpuTest : public testing::Test {
 protected:
  CpuTest() {
    write("proc/self/cgroup", "12:cpu:/old\n0::/a/b\n");
    fs::create_directories(root_ / "cgroup/a/b");
  }
  void write(const std::string& file, const std::string& content) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }
  [[nodiscard]] unsigned cores() const { return usable_cores(root_ / "proc", root_ / "cgroup"); }
  [[nodiscard]] static unsigned allowed() {
    cpu_set_t set;
    sched_getaffinity(0, sizeof(set), &set);
    return static_cast<unsigned>(CPU_COUNT(&set));
  }
  const test::ScratchFolder root_;
};

TEST_F(CpuTest, WithoutAQuotaItIsWhatTheThreadMayRunOn) {
  EXPECT_EQ(cores(), allowed());
  write("cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cores(), allowed());
}

TEST_F(CpuTest, AQuotaIsRoundedUpAndCountsAtEveryLevel) {
  write("cgroup/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(cores(), 1U);
  write("cgroup/a/b/cpu.max", "110000 100000\n");
  EXPECT_EQ(cores(), std::min(2U, allowed()));
  write("cgroup/a/cpu.max", "100000 100000\n");
  EXPECT_EQ(cores(), 1U);
}

TEST_F(CpuTest, NonsenseIsNoQuota) {
  for (const char* text : {"", "0 100000", "-1 100000", "5 0", "x y", "100000"}) {
    write("cgroup/a/b/cpu.max", text);
    EXPECT_EQ(cores(), allowed()) << text;
  }
  write("proc/self/cgroup", "");
  EXPECT_EQ(cores(), allowed());
}

TEST_F(CpuTest, AffinityIsRespected) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(cores(), 1U);
  sched_setaffinity(0, sizeof(before), &before);
}

TEST(Cpu, ThisMachineHasSome) { EXPECT_GE(usable_cores(), 1U); }

}  // namespace
}  // namespace lift
