// SPDX-License-Identifier: Apache-2.0
#include "target/thread_sample.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <initializer_list>

namespace gosnoop::target {
namespace {

// Records as the kernel writes them.
class Records {
 public:
  void add(std::uint32_t type, std::initializer_list<std::uint64_t> words) {
    auto size = static_cast<std::uint16_t>(sizeof(perf_event_header) + words.size() * 8);
    append(perf_event_header{type, 0, size});
    for (auto word : words) append(word);
  }
  Bytes bytes() const { return bytes_; }

 private:
  template <typename T>
  void append(const T& value) {
    auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  std::vector<std::byte> bytes_;
};

constexpr std::uint64_t kAbi64 = PERF_SAMPLE_REGS_ABI_64, kSp = 0xc000001000, kIp = 0x401000;

TEST(FirstSample, HasRegistersAndStack) {
  Records records;
  records.add(PERF_RECORD_SAMPLE, {kAbi64, kSp, kIp, 24, 0x11, 0x22, 0, 16});
  auto sample = first_sample(records.bytes());
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->sp, kSp);
  EXPECT_EQ(sample->ip, kIp);
  ASSERT_EQ(sample->stack.size(), 16u);
  EXPECT_EQ(read_at<std::uint64_t>(sample->stack, 8), 0x22u);
}

TEST(FirstSample, IsBehindOtherRecords) {
  Records records;
  records.add(PERF_RECORD_THROTTLE, {1, 2, 3});
  records.add(PERF_RECORD_SAMPLE, {kAbi64, kSp, kIp, 0});
  auto sample = first_sample(records.bytes());
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->ip, kIp);
  EXPECT_TRUE(sample->stack.empty());
}

TEST(FirstSample, WithoutUserRegistersIsNone) {
  Records records;
  records.add(PERF_RECORD_SAMPLE, {PERF_SAMPLE_REGS_ABI_NONE, 0});
  EXPECT_FALSE(first_sample(records.bytes()));
}

TEST(FirstSample, OfDamagedRecordsIsNone) {
  EXPECT_FALSE(first_sample({}));
  Records records;
  records.add(PERF_RECORD_SAMPLE, {kAbi64, kSp, kIp, 16, 1, 2, 16});
  for (std::size_t size = 0; size < records.bytes().size(); ++size) {
    auto sample = first_sample(records.bytes().first(size));
    EXPECT_TRUE(!sample || sample->stack.size() <= 16) << size;
  }
  const perf_event_header endless{PERF_RECORD_LOST, 0, 0};
  EXPECT_FALSE(first_sample(std::as_bytes(std::span(&endless, 1))));
}

TEST(SampleThreads, NoThreads) {
  auto samples = sample_threads({}, std::chrono::milliseconds(1000));
  ASSERT_TRUE(samples);
  EXPECT_TRUE(samples->empty());
}

}  // namespace
}  // namespace gosnoop::target
