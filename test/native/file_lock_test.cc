#include "core/file_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "core/error.h"

namespace nacre {
namespace {

class FileLockTest : public testing::Test {
 protected:
  FileLockTest() {
    std::string folder = testing::TempDir() + "nacre-lock-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ + "/lock";
  }
  ~FileLockTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(FileLockTest, AnExclusiveLockExcludesEveryOther) {
  const auto first = FileLock::try_lock(path_, LockMode::exclusive);
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_lock(path_, LockMode::exclusive));
  EXPECT_FALSE(FileLock::try_lock(path_, LockMode::shared));
}

TEST_F(FileLockTest, SharedLocksStandTogetherAndExcludeAnExclusiveOne) {
  const auto first = FileLock::try_lock(path_, LockMode::shared);
  const auto second = FileLock::try_lock(path_, LockMode::shared);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(FileLock::try_lock(path_, LockMode::exclusive));
}

TEST_F(FileLockTest, ALockIsFreeAgainWhenItsOwnerIsGone) {
  { const auto lock = FileLock::try_lock(path_, LockMode::exclusive); }
  EXPECT_TRUE(FileLock::try_lock(path_, LockMode::exclusive));
}

TEST_F(FileLockTest, AKilledProcessHoldsNoLock) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_lock(path_, LockMode::exclusive);
    const char byte = lock ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(FileLock::try_lock(path_, LockMode::exclusive));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::try_lock(path_, LockMode::exclusive));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FileLockTest, AFolderThatIsMissingIsAnOsError) {
  EXPECT_THROW((void)FileLock::try_lock(folder_ + "/none/lock", LockMode::shared), OsError);
}

}  // namespace
}  // namespace nacre
