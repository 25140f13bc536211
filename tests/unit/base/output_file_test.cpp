// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace gosnoop {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest()
      : folder_(testing::TempDir() + "gosnoop-output-test-" + std::to_string(::getpid())),
        path_(folder_ + "/report") {
    fs::create_directory(folder_);
  }
  ~OutputFileTest() override { fs::remove_all(folder_); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::string folder_, path_;
};

TEST_F(OutputFileTest, IsThereOnceItIsWhole) {
  auto file = OutputFile::create(path_);
  ASSERT_TRUE(file) << file.error().message;
  file->stream() << "hello";
  EXPECT_FALSE(fs::exists(path_));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(read_text_file(path_).value(), "hello");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, WritesMoreThanItsBuffer) {
  const std::string text(3'000'001, 'x');
  ASSERT_TRUE(write_file(path_, text));
  EXPECT_EQ(read_text_file(path_).value(), text);
}

TEST_F(OutputFileTest, WithoutCommitWhatWasThereStays) {
  ASSERT_TRUE(write_file(path_, "old"));
  {
    auto file = OutputFile::create(path_);
    file->stream() << "new" << std::flush;
  }
  EXPECT_EQ(read_text_file(path_).value(), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, StreamsStayWhenItIsMoved) {
  auto file = OutputFile::create(path_).value();
  std::ostream& stream = file.stream();
  OutputFile moved = std::move(file);
  stream << "hello";
  ASSERT_TRUE(moved.commit());
  EXPECT_EQ(read_text_file(path_).value(), "hello");
}

TEST_F(OutputFileTest, AFullDiskIsAnError) {
  auto file = OutputFile::create("/dev/full");
  ASSERT_TRUE(file) << file.error().message;
  file->stream() << "hello";
  auto result = file->commit();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_EQ(result.error().os_error, ENOSPC);
  EXPECT_NE(result.error().hint.find("space"), std::string::npos);
}

TEST_F(OutputFileTest, AFolderThatIsNotThereIsAnErrorAtOnce) {
  auto file = OutputFile::create(folder_ + "/none/report");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
  EXPECT_NE(file.error().message.find("/none/report"), std::string::npos);
  EXPECT_FALSE(file.error().hint.empty());
}

// One that has room for itself, but not for ".part".
TEST_F(OutputFileTest, ANameThatIsTooLongIsToBeShorter) {
  auto file = OutputFile::create(folder_ + "/" + std::string(NAME_MAX, 'x'));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
  EXPECT_EQ(file.error().os_error, ENAMETOOLONG);
  EXPECT_EQ(file.error().hint, "choose a shorter name");
}

TEST_F(OutputFileTest, AFolderIsNoFile) { EXPECT_FALSE(OutputFile::create(folder_)); }

// Someone else's link must not make root write elsewhere.
TEST_F(OutputFileTest, ALinkIsNotFollowed) {
  ASSERT_TRUE(write_file(folder_ + "/victim", "mine"));
  fs::create_symlink(folder_ + "/victim", path_ + ".part");
  ASSERT_TRUE(write_file(path_, "report"));
  EXPECT_EQ(read_text_file(folder_ + "/victim").value(), "mine");
  EXPECT_EQ(read_text_file(path_).value(), "report");
}

}  // namespace
}  // namespace gosnoop
