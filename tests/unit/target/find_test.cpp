// SPDX-License-Identifier: Apache-2.0
#include "target/find.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace gosnoop::target {
namespace {

namespace fs = std::filesystem;

TEST(FindProcesses, ThisTestIsThereWithItsFile) {
  auto processes = find_processes();
  ASSERT_TRUE(processes) << processes.error().message;
  auto& found = processes->found;
  auto self = std::find_if(found.begin(), found.end(),
                           [](const FoundProcess& process) { return process.pid == ::getpid(); });
  ASSERT_NE(self, found.end());
  struct stat info {};
  ASSERT_EQ(::stat("/proc/self/exe", &info), 0);
  EXPECT_EQ(self->executable, (FileId{info.st_dev, info.st_ino}));
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(),
                             [](const auto& a, const auto& b) { return a.pid < b.pid; }));
}

TEST(FindProcesses, OnlyFoldersNamedByANumberThatHaveAnExecutable) {
  std::string name = testing::TempDir() + "gosnoop-find-XXXXXX";
  fs::path proc = ::mkdtemp(name.data());
  for (const char* folder : {"self", "12", "7", "8x", "0", "99"}) {
    fs::create_directories(proc / folder);
    if (std::string_view(folder) != "99")
      fs::create_symlink("/proc/self/exe", proc / folder / "exe");
  }
  auto processes = find_processes(proc);
  fs::remove_all(proc);
  ASSERT_TRUE(processes);
  ASSERT_EQ(processes->found.size(), 2u);
  EXPECT_EQ(processes->found[0].pid, 7);
  EXPECT_EQ(processes->found[1].pid, 12);
  EXPECT_EQ(processes->found[0].executable, processes->found[1].executable);
  EXPECT_TRUE(processes->hidden.empty());
}

TEST(FindProcesses, WithoutProcIsAnError) {
  auto processes = find_processes("/nowhere/proc");
  ASSERT_FALSE(processes);
  EXPECT_EQ(processes.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace gosnoop::target
