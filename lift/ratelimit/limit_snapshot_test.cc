#include "lift/ratelimit/detail/limit_snapshot.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "lift/ratelimit/rate_limit_fixture_test.h"

namespace lift {
namespace {

using namespace std::chrono_literals;
using detail::LimitSnapshot;
using detail::read_snapshot;
using detail::write_snapshot;

class LimitSnapshotTest : public RateLimitFixture {
 protected:
  LimitSnapshotTest() {
    std::string name = "/tmp/lift-limits-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder for the test";
    folder = name;
    file = name + "/limits";
  }
  ~LimitSnapshotTest() override { std::filesystem::remove_all(folder); }

  RateLimitOptions daily(LimitAlgorithm algorithm = LimitAlgorithm::gcra) {
    LimitOptions tenants = per_tenant({.rate = per_day(10)});
    tenants.algorithm = algorithm;
    RateLimitOptions options{.limits = {tenants}};
    options.snapshot = file;
    return options;
  }
  void restart(const RateLimitOptions& options) {
    chains.reset();
    layer.reset();
    limit(options);
  }
  std::string bytes() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string folder;
  std::string file;
};

TEST_F(LimitSnapshotTest, CountsOutliveARestart) {
  for (const auto algorithm : {LimitAlgorithm::gcra, LimitAlgorithm::fixed_window}) {
    std::filesystem::remove(file);
    restart(daily(algorithm));
    EXPECT_EQ(admitted(7), 7);
    restart(daily(algorithm));
    EXPECT_EQ(admitted(10), 3);
    EXPECT_EQ(admitted(1, {{"tenant", "other"}}), 1);
  }
}

TEST_F(LimitSnapshotTest, TimePassesWhileNobodyServes) {
  limit(daily());
  EXPECT_EQ(admitted(20), 10);
  chains.reset();
  layer.reset();
  world.advance(12h);
  limit(daily());
  EXPECT_EQ(admitted(20), 5);
}

TEST_F(LimitSnapshotTest, TheFileIsItsOwnersAlone) {
  limit(daily());
  EXPECT_EQ(admitted(1), 1);
  chains.reset();
  layer.reset();
  struct stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_F(LimitSnapshotTest, ADamagedFileIsToldOfAndNotUsed) {
  limit(daily());
  EXPECT_EQ(admitted(10), 10);
  chains.reset();
  layer.reset();
  std::string damaged = bytes();
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream(file, std::ios::binary) << damaged;
  limit(daily());
  EXPECT_EQ(admitted(1), 1);
}

TEST_F(LimitSnapshotTest, AFolderThatIsNotThereStopsNobody) {
  RateLimitOptions options = daily();
  options.snapshot = "/nowhere/at/all";
  limit(options);
  EXPECT_EQ(admitted(1), 1);
}

TEST(LimitSnapshotFile, EveryShorterOneAndEveryFlippedBitIsRefused) {
  const LimitSnapshot snapshot{
      .secret = {.low = 1, .high = 2},
      .limits = {{.name = "tenant", .algorithm = LimitAlgorithm::gcra, .words = {{7, -8}, {9, 10}}},
                 {.name = "user", .algorithm = LimitAlgorithm::fixed_window, .words = {}}}};
  const std::string whole = write_snapshot(snapshot);
  const LimitSnapshot read = read_snapshot(whole).value();
  EXPECT_EQ(write_snapshot(read), whole);
  EXPECT_EQ(read.limits.front().words.front().value, -8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_snapshot(std::string_view(whole).substr(0, size))) << size;
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(read_snapshot(flipped)) << bit;
  }
  EXPECT_FALSE(read_snapshot(whole + "x"));
}

}  // namespace
}  // namespace lift
