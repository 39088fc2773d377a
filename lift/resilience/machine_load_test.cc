#include "lift/resilience/machine_load.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/scratch_folder.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class MachineLoadTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    const auto file = dir / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  CgroupLoad load() {
    return CgroupLoad({.cgroup = dir / "group", .proc = dir / "proc", .cores = 4});
  }
  test::ScratchFolder dir;
  Instant now{1h};
};

TEST_F(MachineLoadTest, ReadsTheControlGroup) {
  write("group/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
  write("group/cpu.max", "200000 100000\n");
  write("group/memory.max", "1000\n");
  write("group/memory.current", "900\n");
  write("group/memory.stat", "anon 1\ninactive_file 400\n");
  write("group/memory.pressure",
        "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=1.00 avg60=0 avg300=0 "
        "total=1\n");
  CgroupLoad source = load();
  const MachineLoad first = source.read(now);
  EXPECT_FALSE(first.cpu) << "of no time";
  EXPECT_DOUBLE_EQ(first.memory.value(), 0.5);
  EXPECT_DOUBLE_EQ(first.memory_stall.value(), 0.125);
  write("group/cpu.stat", "usage_usec 2500000\n");
  EXPECT_DOUBLE_EQ(source.read(now + 1s).cpu.value(), 0.75) << "1.5 s of two cores' second";
  write("group/cpu.max", "max 100000\n");
  write("group/cpu.stat", "usage_usec 4500000\n");
  EXPECT_DOUBLE_EQ(source.read(now + 2s).cpu.value(), 0.5) << "2 s of four cores' second";
}

TEST_F(MachineLoadTest, WithoutALimitTheMachinesMemoryCounts) {
  write("group/memory.max", "max\n");
  write("group/memory.current", "900\n");
  write("proc/meminfo", "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n");
  write("proc/pressure/memory", "some avg10=100.00 avg60=1.00 avg300=0.00 total=1\n");
  CgroupLoad source = load();
  const MachineLoad read = source.read(now);
  EXPECT_DOUBLE_EQ(read.memory.value(), 0.75);
  EXPECT_DOUBLE_EQ(read.memory_stall.value(), 1);
}

TEST_F(MachineLoadTest, WhatIsMissingOrNonsenseIsNotKnown) {
  CgroupLoad source = load();
  EXPECT_FALSE(source.read(now).memory);
  write("group/cpu.stat", "usage_usec pears\n");
  write("group/memory.max", "0\n");
  write("group/memory.current", "-5\n");
  write("group/memory.pressure", "some avg10=\n");
  write("proc/meminfo", "MemTotal: 0 kB\nMemAvailable: 12 kB\n");
  const MachineLoad read = source.read(now + 1s);
  EXPECT_FALSE(read.cpu);
  EXPECT_FALSE(read.memory);
  EXPECT_FALSE(read.memory_stall);
}

TEST_F(MachineLoadTest, AClockThatStandsOrACounterThatFallsIsNoReading) {
  write("group/cpu.stat", "usage_usec 1000\n");
  CgroupLoad source = load();
  static_cast<void>(source.read(now));
  write("group/cpu.stat", "usage_usec 2000\n");
  EXPECT_FALSE(source.read(now).cpu);
  write("group/cpu.stat", "usage_usec 100\n");
  EXPECT_FALSE(source.read(now + 1s).cpu);
}

TEST_F(MachineLoadTest, ThisMachineCanBeRead) {
  CgroupLoad source;
  static_cast<void>(source.read(now));
  const MachineLoad read = source.read(now + 1s);
  if (read.cpu) {
    EXPECT_LE(*read.cpu, 1);
  }
  ASSERT_TRUE(read.memory);
  EXPECT_GT(*read.memory, 0);
  EXPECT_LT(*read.memory, 1);
}

}  // namespace
}  // namespace lift
