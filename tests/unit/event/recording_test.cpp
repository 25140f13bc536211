// SPDX-License-Identifier: Apache-2.0
#include "event/recording.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "tests/unit/event/samples.h"

namespace gosnoop::event {
namespace {

struct Collector final : RecordSink {
  std::vector<std::vector<std::byte>> records;
  std::size_t fail_at = SIZE_MAX;

  Result<void> on_record(Bytes record) override {
    if (records.size() == fail_at) return fail(ErrorCode::kInternal, "enough");
    records.emplace_back(record.begin(), record.end());
    return {};
  }
};

class Recording : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gosnoop-recording-XXXXXX";
    int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    ::close(fd);
    path_ = name;
  }
  void TearDown() override { std::remove(path_.c_str()); }

  // Each sample, with the window's end last.
  std::vector<std::vector<std::byte>> write_samples() {
    std::vector<std::vector<std::byte>> records;
    for (const Event& event : samples()) {
      if (!std::holds_alternative<WindowEnd>(event)) records.push_back(encode(event));
    }
    records.push_back(encode(WindowEnd{1, EndReason::kComplete}));
    auto writer = RecordingWriter::create(path_);
    EXPECT_TRUE(writer);
    for (const auto& record : records) EXPECT_TRUE(writer->on_record(record));
    return records;
  }
  std::string read() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  ErrorCode replay_error() const {
    Collector sink;
    auto info = replay(path_, sink);
    EXPECT_FALSE(info);
    EXPECT_FALSE(info.error().hint.empty());
    return info.error().code;
  }

  std::string path_;
};

TEST_F(Recording, GivesBackWhatWasWritten) {
  auto records = write_samples();
  Collector sink;
  auto info = replay(path_, sink);
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->cut_off);
  EXPECT_EQ(info->unknown_kinds, 0u);
  EXPECT_EQ(sink.records, records);
}

TEST_F(Recording, IsForItsOwnerOnly) {
  std::remove(path_.c_str());
  write_samples();
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u & ~0022u);
}

TEST_F(Recording, CutAtEveryByteGivesAllWholeRecords) {
  auto records = write_samples();
  std::string whole = read();
  std::size_t expected = 0;
  std::size_t next = 16 + records[0].size();
  for (std::size_t size = 16; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    if (size == next) next += records[++expected].size();
    Collector sink;
    auto info = replay(path_, sink);
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->cut_off);
    EXPECT_EQ(sink.records.size(), expected);
  }
}

TEST_F(Recording, CutInTheHeadIsNoRecording) {
  write_samples();
  std::string whole = read();
  for (std::size_t size = 0; size < 16; ++size) {
    write(whole.substr(0, size));
    EXPECT_EQ(replay_error(), ErrorCode::kBadRecording);
  }
}

TEST_F(Recording, ZerosAtTheEndAreACut) {
  auto records = write_samples();
  write(read() + std::string(64, '\0'));
  Collector sink;
  auto info = replay(path_, sink);
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->cut_off);
  EXPECT_EQ(sink.records, records);
}

TEST_F(Recording, OfAnotherVersion) {
  write_samples();
  std::string bytes = read();
  bytes[8] = 9;
  write(bytes);
  EXPECT_EQ(replay_error(), ErrorCode::kBadRecording);
}

TEST_F(Recording, AnotherFile) {
  write("#!/bin/sh\necho this is not a recording\n");
  EXPECT_EQ(replay_error(), ErrorCode::kBadRecording);
  path_ += ".missing";
  EXPECT_EQ(replay_error(), ErrorCode::kIo);
}

TEST_F(Recording, RecordsOfALaterVersionAreSkippedAndCounted) {
  auto records = write_samples();
  std::string bytes = read();
  bytes[16] = 77;  // kind of the first record
  write(bytes);
  Collector sink;
  auto info = replay(path_, sink);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->unknown_kinds, 1u);
  EXPECT_EQ(sink.records.size(), records.size() - 1);
}

TEST_F(Recording, TheSinksErrorEndsTheReplay) {
  write_samples();
  Collector sink;
  sink.fail_at = 3;
  auto info = replay(path_, sink);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().message, "enough");
}

TEST_F(Recording, LargeOnesAreWrittenAsTheyCome) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->bytes_written(), 0u);
  auto record = encode(BlockTotals{});
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(writer->on_record(record));
  EXPECT_GT(writer->bytes_written(), 3'000'000u);
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(writer->bytes_written(), 16 + 10'000 * record.size());
}

// The target could not be traced.
TEST_F(Recording, AnEarlierOneStaysUntilTheFirstRecord) {
  write("precious");
  {
    auto writer = RecordingWriter::create(path_);
    ASSERT_TRUE(writer);
  }
  EXPECT_EQ(read(), "precious");
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->on_record(encode(GoExit{1, 2})));
  ASSERT_TRUE(writer->flush());
  Collector sink;
  ASSERT_TRUE(replay(path_, sink));
  EXPECT_EQ(sink.records.size(), 1u);
}

TEST_F(Recording, WithoutARecordLeavesNoFile) {
  ::unlink(path_.c_str());
  ASSERT_TRUE(RecordingWriter::create(path_));
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(Recording, AWriterCanBeMoved) {
  auto writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->on_record(encode(GoExit{1, 2})));
  {
    RecordingWriter other = std::move(*writer);
    ASSERT_TRUE(other.on_record(encode(GoExit{3, 4})));
  }
  Collector sink;
  ASSERT_TRUE(replay(path_, sink));
  EXPECT_EQ(sink.records.size(), 2u);
}

TEST(RecordingErrors, AFullDisk) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  auto writer = RecordingWriter::create("/dev/full");
  ASSERT_TRUE(writer);
  auto written = writer->on_record(encode(GoExit{1, 2}));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_EQ(written.error().os_error, ENOSPC);
  EXPECT_NE(written.error().hint.find("free some space"), std::string::npos);
}

TEST(RecordingErrors, ADirectoryThatIsNotThere) {
  auto writer = RecordingWriter::create("/nonexistent/recording");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kIo);
  EXPECT_FALSE(writer.error().hint.empty());
}

}  // namespace
}  // namespace gosnoop::event
