// SPDX-License-Identifier: Apache-2.0
#include "base/patient_write.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>

namespace gosnoop {
namespace {

constexpr std::size_t kMoreThanAPipe = 1 << 20;

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    (void)!::pipe(ends);
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
  Fd out, in;
};

TEST(PatientWrite, GivesUpOnAReaderThatStalls) {
  const Pipe pipe;
  ASSERT_TRUE(may_stall(pipe.in.get()));
  int looks = 0;
  const WhileStalled while_stalled([&] { return ++looks == 2; });
  EXPECT_EQ(write_all(pipe.in.get(), std::string(kMoreThanAPipe, 'x'), true), ETIMEDOUT);
  EXPECT_EQ(looks, 2);
}

TEST(PatientWrite, WaitsForASlowReader) {
  const Pipe pipe;
  std::size_t read = 0;
  bool stalled = false;
  const WhileStalled while_stalled([&] {
    stalled = true;
    return false;
  });
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::string room(kMoreThanAPipe, ' ');
    while (read < kMoreThanAPipe) {
      read += static_cast<std::size_t>(::read(pipe.out.get(), room.data(), room.size()));
    }
  });
  EXPECT_EQ(write_all(pipe.in.get(), std::string(kMoreThanAPipe, 'x'), true), 0);
  reader.join();
  EXPECT_EQ(read, kMoreThanAPipe);
  EXPECT_TRUE(stalled);
}

TEST(PatientWrite, WithoutAReader) {
  const std::string path = testing::TempDir() + "patient_write_fifo";
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(open_for_writing(path, 0, 0));
  EXPECT_EQ(errno, ENXIO);
  EXPECT_EQ(why_not_written(errno), "nobody reads it");
  std::filesystem::remove(path);
}

TEST(PatientWrite, AFileIsNotWaitedFor) {
  const std::string path = testing::TempDir() + "patient_write_file";
  const Fd fd = open_for_writing(path, O_CREAT | O_TRUNC, 0600);
  EXPECT_FALSE(may_stall(fd.get()));
  EXPECT_EQ(write_all(fd.get(), std::string(kMoreThanAPipe, 'x'), false), 0);
  EXPECT_EQ(std::filesystem::file_size(path), kMoreThanAPipe);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace gosnoop
