// SPDX-License-Identifier: Apache-2.0
#include "base/file_buffer.h"

#include <string_view>
#include <utility>

#include "base/patient_write.h"

namespace gosnoop {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

}  // namespace

FileBuffer::FileBuffer(Fd fd)
    : fd_(std::move(fd)), stalls_(may_stall(fd_.get())), buffer_(kBufferSize) {
  clear();
}

FileBuffer::int_type FileBuffer::overflow(int_type c) {
  if (!write_out()) return traits_type::eof();
  if (c != traits_type::eof()) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int FileBuffer::sync() { return write_out() ? 0 : -1; }

// What could not be written is gone: the rest would stand behind a gap.
bool FileBuffer::write_out() {
  const std::string_view rest(pbase(), static_cast<std::size_t>(pptr() - pbase()));
  if (os_error_ == 0) os_error_ = write_all(fd_.get(), rest, stalls_);
  clear();
  return os_error_ == 0;
}

}  // namespace gosnoop
