// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gosnoop {
namespace {

tl::unexpected<Error> io_error(const std::string& path, int os_error) {
  auto code = os_error == EACCES || os_error == EPERM ? ErrorCode::kNoPermission : ErrorCode::kIo;
  return fail(code, fmt::format("{}: {}", path, std::strerror(os_error)),
              "check that the file exists and that you may read it (root can)", os_error);
}

tl::unexpected<Error> not_regular(const std::string& path, FileKind kind) {
  const auto message = fmt::format("{}: not a regular file", path);
  if (kind == FileKind::kProgram) {
    return fail(ErrorCode::kBadElf, message, "give the path of a program");
  }
  return fail(ErrorCode::kBadRecording, message, "give a file that `gosnoop record` wrote");
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return io_error(path, errno);
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t size = 0;
  while ((size = ::read(fd.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (size < 0) return io_error(path, errno);
  return text;
}

Result<MappedFile> MappedFile::open(const std::string& path, FileKind kind) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return io_error(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error(path, errno);
  if (!S_ISREG(info.st_mode)) return not_regular(path, kind);
  if (info.st_size == 0) return MappedFile(Bytes{}, std::move(fd));
  auto size = static_cast<std::size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return io_error(path, errno);
  return MappedFile(Bytes(static_cast<const std::byte*>(data), size), std::move(fd));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), fd_(std::move(other.fd_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(fd_, other.fd_);
  return *this;
}

void MappedFile::forget_first(std::size_t size) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t whole_pages = std::min(size, bytes_.size()) / page * page;
  if (whole_pages == 0) return;
  (void)!::madvise(const_cast<std::byte*>(bytes_.data()), whole_pages, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
}

}  // namespace gosnoop
