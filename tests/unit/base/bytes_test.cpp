// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace gosnoop {
namespace {

using namespace std::string_view_literals;

TEST(ReadAt, LittleEndianAtAnyAlignment) {
  const auto bytes = as_bytes("\x01\x02\x03\x04\x05"sv);
  EXPECT_EQ(read_at<std::uint8_t>(bytes, 4), 5);
  EXPECT_EQ(read_at<std::uint16_t>(bytes, 1), 0x0302);
  EXPECT_EQ(read_at<std::uint32_t>(bytes, 1), 0x05040302u);
}

TEST(ReadAt, NothingBehindTheEnd) {
  const auto bytes = as_bytes("\x01\x02\x03\x04"sv);
  EXPECT_TRUE(read_at<std::uint32_t>(bytes, 0));
  EXPECT_FALSE(read_at<std::uint32_t>(bytes, 1));
  EXPECT_FALSE(read_at<std::uint8_t>(bytes, 4));
  EXPECT_FALSE(read_at<std::uint8_t>(bytes, 5));
  EXPECT_FALSE(read_at<std::uint32_t>(bytes, UINT64_MAX - 1));  // offset + size is 2 again
  EXPECT_FALSE(read_at<std::uint8_t>({}, 0));
}

TEST(Slice, IsWholeOrEmpty) {
  const auto bytes = as_bytes("abcd"sv);
  EXPECT_EQ(slice(bytes, 1, 2).size(), 2u);
  EXPECT_EQ(slice(bytes, 0, 4).size(), 4u);
  EXPECT_TRUE(slice(bytes, 3, 2).empty());
  EXPECT_TRUE(slice(bytes, 5, 0).empty());
  EXPECT_TRUE(slice(bytes, 1, UINT64_MAX).empty());
  EXPECT_TRUE(slice(bytes, UINT64_MAX, 2).empty());
}

TEST(CStringAt, EndsAtTheZero) {
  const auto bytes = as_bytes("one\0two\0open"sv);
  EXPECT_EQ(c_string_at(bytes, 0), "one");
  EXPECT_EQ(c_string_at(bytes, 4), "two");
  EXPECT_EQ(c_string_at(bytes, 3), "");
  EXPECT_FALSE(c_string_at(bytes, 8));  // no zero follows
  EXPECT_FALSE(c_string_at(bytes, 12));
  EXPECT_FALSE(c_string_at(bytes, UINT64_MAX));
}

TEST(Cursor, ReadsOneAfterAnother) {
  Cursor cursor(as_bytes("\x01\x02\x00go"sv));
  EXPECT_EQ(cursor.read<std::uint8_t>(), 1);
  EXPECT_EQ(cursor.read<std::uint16_t>(), 2);
  EXPECT_EQ(cursor.remaining(), 2u);
  EXPECT_EQ(cursor.read_string(2), "go");
  EXPECT_EQ(cursor.remaining(), 0u);
  EXPECT_EQ(cursor.offset(), 5u);
}

TEST(Cursor, AFailedReadMakesAllLaterOnesFail) {
  Cursor cursor(as_bytes("\x01\x02\x03"sv));
  EXPECT_FALSE(cursor.read<std::uint32_t>());
  EXPECT_FALSE(cursor.read<std::uint8_t>());
  EXPECT_FALSE(cursor.read_uvarint());
  EXPECT_FALSE(cursor.read_string(1));
  EXPECT_EQ(cursor.remaining(), 0u);
}

TEST(Cursor, MayStartBehindTheEnd) {
  Cursor cursor(as_bytes("ab"sv), 7);
  EXPECT_EQ(cursor.remaining(), 0u);
  EXPECT_FALSE(cursor.read<std::uint8_t>());
  EXPECT_FALSE(cursor.read_string(1));
}

std::optional<std::uint64_t> uvarint(std::string_view bytes) {
  return Cursor(as_bytes(bytes)).read_uvarint();
}

TEST(Cursor, ReadsUvarints) {
  EXPECT_EQ(uvarint("\x00"sv), 0u);
  EXPECT_EQ(uvarint("\x7f"sv), 127u);
  EXPECT_EQ(uvarint("\x80\x01"sv), 128u);
  EXPECT_EQ(uvarint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv), UINT64_MAX);
  EXPECT_FALSE(uvarint(""sv));
  EXPECT_FALSE(uvarint("\x80"sv));                 // cut off
  EXPECT_FALSE(uvarint(std::string(11, '\x80')));  // longer than 64 bits
}

TEST(Cursor, AStringLongerThanTheRestIsNone) {
  Cursor cursor(as_bytes("abc"sv));
  EXPECT_FALSE(cursor.read_string(UINT64_MAX));
  EXPECT_FALSE(cursor.read_string(1));
}

}  // namespace
}  // namespace gosnoop
