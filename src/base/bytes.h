// SPDX-License-Identifier: Apache-2.0
// Bounds-checked reading of little-endian bytes. Nothing here reads outside the span it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace gosnoop {

using Bytes = std::span<const std::byte>;

// The T at `offset`, or nothing where it would end behind the bytes. Any alignment.
template <typename T>
std::optional<T> read_at(Bytes bytes, std::uint64_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// `size` bytes from `offset`; empty where they are not all there.
inline Bytes slice(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.subspan(offset, size);
}

// The zero-terminated string at `offset`, without its zero; nothing where no zero follows.
inline std::optional<std::string_view> c_string_at(Bytes bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  const char* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
  const void* end = std::memchr(begin, 0, bytes.size() - offset);
  if (end == nullptr) return std::nullopt;
  return std::string_view(begin, static_cast<const char*>(end) - begin);
}

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Reads one value after another; a failed read makes all later ones fail too.
class Cursor {
 public:
  explicit Cursor(Bytes bytes, std::uint64_t offset = 0) : bytes_(bytes), offset_(offset) {}

  template <typename T>
  std::optional<T> read() {
    auto value = read_at<T>(bytes_, offset_);
    if (value) {
      offset_ += sizeof(T);
    } else {
      fail();
    }
    return value;
  }

  // Unsigned LEB128 as in Go's encoding/binary and the pclntab's tables.
  std::optional<std::uint64_t> read_uvarint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto byte = read<std::uint8_t>();
      if (!byte) return std::nullopt;
      value |= std::uint64_t{*byte & 0x7fu} << shift;
      if (*byte < 0x80) return value;
    }
    fail();
    return std::nullopt;
  }

  std::optional<std::string_view> read_string(std::uint64_t size) {
    if (size > remaining()) {
      fail();
      return std::nullopt;
    }
    std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + offset_, size);
    offset_ += size;
    return text;
  }

  std::uint64_t offset() const { return offset_; }
  std::uint64_t remaining() const { return offset_ < bytes_.size() ? bytes_.size() - offset_ : 0; }

 private:
  void fail() { offset_ = bytes_.size(); }

  Bytes bytes_;
  std::uint64_t offset_;
};

}  // namespace gosnoop
