// SPDX-License-Identifier: Apache-2.0
#include "target/memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <optional>
#include <vector>

namespace gosnoop::target {
namespace {

RuntimeAddress address_of(const void* data) { return {reinterpret_cast<std::uint64_t>(data)}; }

// Two pages, of which the second cannot be read.
class Pages {
 public:
  Pages() : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    void* data =
        ::mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    data_ = static_cast<std::byte*>(data);
    std::memset(data_, 0x5a, 2 * size_);
    ::munmap(data_ + size_, size_);
  }
  ~Pages() { ::munmap(data_, size_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  RuntimeAddress begin() const { return address_of(data_); }
  RuntimeAddress end() const { return begin() + size_; }  // where nothing is mapped

 private:
  std::size_t size_;
  std::byte* data_;
};

class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto memory = Memory::open(::getpid());
    ASSERT_TRUE(memory) << memory.error().message;
    memory_.emplace(std::move(*memory));
  }

  std::optional<Memory> memory_;
  Pages pages_;
};

TEST_F(MemoryTest, ReadsValues) {
  const std::uint64_t value = 0x1122334455667788;
  EXPECT_EQ(memory_->value<std::uint64_t>(address_of(&value)), value);
  EXPECT_EQ(memory_->value<std::uint16_t>(address_of(&value) + 2), 0x5566);
}

TEST_F(MemoryTest, ReadsAllOrNothing) {
  std::array<std::byte, 16> to{};
  EXPECT_TRUE(memory_->read(pages_.end() - 16, to));
  EXPECT_EQ(to[15], std::byte{0x5a});
  EXPECT_FALSE(memory_->read(pages_.end() - 15, to));
  EXPECT_FALSE(memory_->read(pages_.end(), to));
}

TEST_F(MemoryTest, NothingIsAtImpossibleAddresses) {
  EXPECT_FALSE(memory_->value<std::uint64_t>({0}));
  EXPECT_FALSE(memory_->value<std::uint64_t>({UINT64_MAX - 7}));
  EXPECT_FALSE(memory_->value<std::uint64_t>({0xffff800000000000}));
}

// A batch of pieces of one page, where `bad` is not mapped.
void expect_all_but(const Memory& memory, const Pages& pages, std::size_t count,
                    std::vector<std::size_t> bad) {
  std::vector<std::uint64_t> values(count);
  std::vector<Piece> pieces(count);
  for (std::size_t i = 0; i < count; ++i) {
    pieces[i] = {pages.begin() + i % 64, std::as_writable_bytes(std::span(&values[i], 1))};
  }
  for (auto i : bad) pieces[i].from = pages.end();
  memory.read_all(pieces);
  for (std::size_t i = 0; i < count; ++i) {
    bool is_bad = std::find(bad.begin(), bad.end(), i) != bad.end();
    EXPECT_EQ(pieces[i].read, !is_bad) << i;
    EXPECT_EQ(values[i], is_bad ? 0 : 0x5a5a5a5a5a5a5a5a) << i;
  }
}

TEST_F(MemoryTest, ReadsBatches) {
  expect_all_but(*memory_, pages_, 0, {});
  expect_all_but(*memory_, pages_, 1, {});
  expect_all_but(*memory_, pages_, 5000, {});
}

TEST_F(MemoryTest, ABadPieceSpoilsNoOther) {
  expect_all_but(*memory_, pages_, 1, {0});
  expect_all_but(*memory_, pages_, 10, {4});
  expect_all_but(*memory_, pages_, 10, {0, 1, 5, 9});
  expect_all_but(*memory_, pages_, 3000, {0, 1023, 1024, 1025, 2047, 2999});
}

TEST_F(MemoryTest, APieceThatEndsInNowhereIsNotRead) {
  std::array<std::byte, 64> to[3];
  std::vector<Piece> pieces{
      {pages_.begin(), to[0]}, {pages_.end() - 32, to[1]}, {pages_.begin(), to[2]}};
  memory_->read_all(pieces);
  EXPECT_TRUE(pieces[0].read);
  EXPECT_FALSE(pieces[1].read);
  EXPECT_TRUE(pieces[2].read);
}

TEST(Memory, OfNoProcess) {
  auto memory = Memory::open(INT_MAX);
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kNoSuchProcess);
  EXPECT_FALSE(memory.error().hint.empty());
}

}  // namespace
}  // namespace gosnoop::target
