// SPDX-License-Identifier: Apache-2.0
#include "snapshot/structs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>

namespace gosnoop::snapshot {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kWord = sizeof(std::uint64_t);

// Four pages of words that say their own address; the third is not mapped.
class StructsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto memory = target::Memory::open(::getpid());
    ASSERT_TRUE(memory) << memory.error().message;
    memory_.emplace(std::move(*memory));
    void* data =
        ::mmap(nullptr, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(data, MAP_FAILED);
    begin_ = reinterpret_cast<std::uint64_t>(data);
    for (auto at = begin_; at < begin_ + 4 * kPage; at += kWord) {
      *reinterpret_cast<std::uint64_t*>(at) = at;
    }
    ::munmap(reinterpret_cast<void*>(begin_ + 2 * kPage), kPage);
  }
  void TearDown() override { ::munmap(reinterpret_cast<void*>(begin_), 4 * kPage); }

  // Reads structs of three words at these distances from the start.
  void expect(const std::vector<std::uint64_t>& distances, const std::vector<bool>& readable) {
    std::vector<std::uint64_t> addresses;
    for (auto distance : distances) addresses.push_back(begin_ + distance);
    const Structs structs(*memory_, addresses, 3 * kWord);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      ASSERT_EQ(structs[i].size(), readable[i] ? 3 * kWord : 0) << i;
      if (!readable[i]) continue;
      EXPECT_EQ(field(structs[i], 0), addresses[i]) << i;
      EXPECT_EQ(field(structs[i], 2 * kWord), addresses[i] + 2 * kWord) << i;
    }
  }

  std::optional<target::Memory> memory_;
  std::uint64_t begin_ = 0;
};

TEST_F(StructsTest, InAnyOrderNearAndFarOverlappingAndTwice) {
  expect({}, {});
  expect({64}, {true});
  expect({4000, 0, 8, 64, 4000, 704, 8168, 24}, std::vector<bool>(8, true));
}

TEST_F(StructsTest, OneThatCannotBeReadSpoilsNoNeighbour) {
  const std::uint64_t end = 2 * kPage;  // of what is mapped
  expect({end - 24, end + 8, end - 48, end - 16, 3 * kPage, 3 * kPage - 8},
         {true, false, true, false, true, false});
  expect({end, 0}, {false, true});
}

TEST_F(StructsTest, WhatIsNoAddressIsNotTried) {
  const std::uint64_t addresses[] = {0, 8, begin_ + 1, begin_, UINT64_MAX, 1ull << 47};
  const Structs structs(*memory_, addresses, kWord);
  for (std::size_t i = 0; i < std::size(addresses); ++i) EXPECT_EQ(structs[i].empty(), i != 3) << i;
}

TEST(Field, OfTooFewBytesOrOfNoSuchFieldIsZero) {
  const std::uint64_t word = 0x1122334455667788;
  const auto bytes = std::as_bytes(std::span(&word, 1));
  EXPECT_EQ(field(bytes, 0), word);
  EXPECT_EQ(field<std::uint8_t>(bytes, 7), 0x11);
  EXPECT_EQ(field(bytes, 1), 0u);
  EXPECT_EQ(field(bytes, -1), 0u);
}

}  // namespace
}  // namespace gosnoop::snapshot
