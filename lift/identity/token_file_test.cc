#include "lift/identity/token_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lift/identity/token_writer.h"

namespace lift {
namespace {

using namespace std::chrono_literals;

class TokenFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "token_file_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = directory_ + "/tokens.txt";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  /// Puts a file in place in one step; a new inode, so that the change shows however coarse the
  /// file system's clock is.
  void put(const std::string& text) {
    std::ofstream(path_ + ".tmp") << text;
    std::filesystem::rename(path_ + ".tmp", path_);
  }
  void put(std::string_view token, const Claims& claims) { put(token_line(token, claims) + "\n"); }
  [[nodiscard]] std::string user_of(const TokenFile& file, std::string_view token) const {
    const Claims* claims = file.table().find(token);
    return claims == nullptr ? "" : claims->user;
  }

  const Instant start_{1000s};
  const Claims ann_{.tenant = "acme", .user = "ann", .roles = {}};
  const Claims bob_{.tenant = "acme", .user = "bob", .roles = {}};
  std::string directory_;
  std::string path_;
};

TEST_F(TokenFileTest, FollowsItsFileAtMostOnceASecond) {
  put("one", ann_);
  const auto file = TokenFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  (*file)->refresh(start_);
  put("two", bob_);
  (*file)->refresh(start_ + 999ms);
  EXPECT_EQ(user_of(**file, "one"), "ann");
  (*file)->refresh(start_ + 1s);
  EXPECT_EQ(user_of(**file, "one"), "");
  EXPECT_EQ(user_of(**file, "two"), "bob");
  EXPECT_EQ((*file)->reloads(), 1U);
  (*file)->refresh(start_ + 5s);
  EXPECT_EQ((*file)->reloads(), 1U);
  EXPECT_EQ((*file)->reload_failures(), 0U);
}

TEST_F(TokenFileTest, KeepsTheOldTableWhileTheNewFileIsBrokenAndCountsItOnce) {
  put("one", ann_);
  const auto file = TokenFile::open(path_);
  ASSERT_TRUE(file);
  put("half a line");
  for (auto at = start_; at < start_ + 5s; at += 1s) (*file)->refresh(at);
  EXPECT_EQ(user_of(**file, "one"), "ann");
  EXPECT_EQ((*file)->reload_failures(), 1U);
  EXPECT_EQ((*file)->last_error(),
            path_ + ": line 1: digest must be 64 hex digits (the SHA-256 of a token)");
  put("two", bob_);
  (*file)->refresh(start_ + 6s);
  EXPECT_EQ(user_of(**file, "two"), "bob");
  EXPECT_EQ((*file)->last_error(), "");
}

TEST_F(TokenFileTest, ADeletedFileRevokesNobodyAndItsReturnIsSeen) {
  put("one", ann_);
  const auto file = TokenFile::open(path_);
  ASSERT_TRUE(file);
  std::filesystem::remove(path_);
  (*file)->refresh(start_);
  (*file)->refresh(start_ + 1s);
  EXPECT_EQ(user_of(**file, "one"), "ann");
  EXPECT_EQ((*file)->reload_failures(), 1U);
  put("two", bob_);
  (*file)->refresh(start_ + 2s);
  EXPECT_EQ(user_of(**file, "two"), "bob");
}

TEST_F(TokenFileTest, RefusesWhatIsNoFileOrOpenToAll) {
  EXPECT_EQ(TokenFile::open(path_).error().code, "token_file_unreadable");
  EXPECT_EQ(TokenFile::open(directory_).error().message, directory_ + ": must be a regular file");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(TokenFile::open(path_).error().message, path_ + ": must be a regular file");
  std::filesystem::remove(path_);
  put("one", ann_);
  ASSERT_EQ(::chmod(path_.c_str(), 0646), 0);
  EXPECT_EQ(TokenFile::open(path_).error().message,
            path_ + ": must not be writable by everyone (chmod o-w)");
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_TRUE(TokenFile::open(path_));
}

TEST_F(TokenFileTest, AddedTokensAreSeenAndEarlierOnesStay) {
  SeededRandom random(3);
  const std::string first = make_token(random);
  const std::string second = make_token(random);
  ASSERT_TRUE(add_token(path_, first, ann_));
  const auto file = TokenFile::open(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(add_token(path_, second, bob_));
  (*file)->refresh(start_);
  EXPECT_EQ(user_of(**file, first), "ann");
  EXPECT_EQ(user_of(**file, second), "bob");
}

TEST_F(TokenFileTest, AddingKeepsModeLinkAndLinesAndMendsAMissingLineBreak) {
  const std::string real = directory_ + "/real.txt";
  std::ofstream(real) << "# mine\n" << token_line("one", ann_);
  std::filesystem::create_symlink(real, path_);
  ASSERT_EQ(::chmod(real.c_str(), 0640), 0);
  ASSERT_TRUE(add_token(path_, "two", bob_));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  struct stat status{};
  ASSERT_EQ(::stat(real.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  std::stringstream text;
  text << std::ifstream(real).rdbuf();
  EXPECT_EQ(text.str(),
            "# mine\n" + token_line("one", ann_) + "\n" + token_line("two", bob_) + "\n");
}

TEST_F(TokenFileTest, AddingRefusesWhatWouldNotBeReadBack) {
  EXPECT_EQ(add_token(path_, "one", Claims{}).error().code, "bad_claims");
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(add_token(path_, "one", ann_));
  EXPECT_EQ(add_token(path_, "one", bob_).error().code, "bad_token_file");
  EXPECT_EQ(add_token(directory_ + "/none/tokens.txt", "one", ann_).error().code,
            "token_file_unwritable");
  EXPECT_EQ(add_token(directory_, "one", ann_).error().code, "token_file_unwritable");
}

}  // namespace
}  // namespace lift
