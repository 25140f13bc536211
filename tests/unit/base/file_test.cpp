// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

namespace gosnoop {
namespace {

// A file of its own for each test process.
class FileTest : public testing::Test {
 protected:
  FileTest() : path_(testing::TempDir() + "gosnoop-file-test-" + std::to_string(::getpid())) {}
  ~FileTest() override { std::remove(path_.c_str()); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  std::string path_;
};

TEST_F(FileTest, ReadsText) {
  write(std::string("one\ntwo\0three", 13));
  auto text = read_text_file(path_);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, std::string("one\ntwo\0three", 13));
}

TEST_F(FileTest, ReadsFilesOfProcThatHaveNoSize) {
  auto text = read_text_file("/proc/self/status");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->substr(0, 5), "Name:");
}

TEST_F(FileTest, MapsAFile) {
  write("hello");
  auto file = MappedFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(read_at<std::uint8_t>(file->bytes(), 4), 'o');
  EXPECT_EQ(file->bytes().size(), 5u);
}

TEST_F(FileTest, KeepsWhatItMappedWhenTheFileIsDeleted) {
  write("hello");
  auto file = MappedFile::open(path_);
  ASSERT_TRUE(file);
  std::remove(path_.c_str());
  EXPECT_EQ(read_at<std::uint8_t>(file->bytes(), 0), 'h');
}

TEST_F(FileTest, MapsAnEmptyFile) {
  write("");
  auto file = MappedFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(FileTest, MovesAMapping) {
  write("hello");
  auto first = MappedFile::open(path_);
  auto second = MappedFile::open("/proc/self/exe");
  ASSERT_TRUE(first && second);
  *second = std::move(*first);
  EXPECT_EQ(second->bytes().size(), 5u);
  MappedFile third(std::move(*second));
  EXPECT_EQ(third.bytes().size(), 5u);
  EXPECT_TRUE(second->bytes().empty());
}

TEST_F(FileTest, ErrorsNameTheFileAndANextStep) {
  for (const auto& error : {read_text_file(path_).error(), MappedFile::open(path_).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kIo);
    EXPECT_EQ(error.os_error, ENOENT);
    EXPECT_NE(error.message.find(path_), std::string::npos);
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST_F(FileTest, AFolderIsNoFile) {
  EXPECT_FALSE(MappedFile::open("/"));
  EXPECT_FALSE(read_text_file("/"));
}

// /dev/null has no size either, and is no empty recording.
TEST_F(FileTest, WhatIsNoRegularFileIsCalledByWhatItWasToBe) {
  for (const char* path : {"/", "/dev/null"}) {
    auto recording = MappedFile::open(path);
    ASSERT_FALSE(recording);
    EXPECT_EQ(recording.error().code, ErrorCode::kBadRecording);
    EXPECT_NE(recording.error().hint.find("gosnoop record"), std::string::npos);
    auto program = MappedFile::open(path, FileKind::kProgram);
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, ErrorCode::kBadElf);
    EXPECT_NE(program.error().hint.find("program"), std::string::npos);
  }
}

TEST(FdTest, ClosesOnce) {
  int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    Fd fd(raw);
    Fd other(std::move(fd));
    EXPECT_FALSE(fd);
    EXPECT_EQ(other.get(), raw);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
  EXPECT_EQ(errno, EBADF);
}

TEST(FdTest, AssignmentKeepsBothUntilTheyGo) {
  Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int raw = fd.get();
  Fd other;
  other = std::move(fd);
  EXPECT_EQ(other.get(), raw);
  EXPECT_FALSE(Fd());
}

}  // namespace
}  // namespace gosnoop
