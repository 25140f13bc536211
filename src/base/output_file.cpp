// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/file_buffer.h"
#include "base/patient_write.h"

namespace gosnoop {
namespace {

const char* next_step(int os_error) {
  switch (os_error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space or write to another disk; no incomplete file is left";
    case ENAMETOOLONG:
      return "choose a shorter name";
    default:
      return "choose a path in a folder that is there and that you may write";
  }
}

tl::unexpected<Error> cannot_write(const std::string& path, int os_error) {
  bool denied = os_error == EACCES || os_error == EPERM || os_error == EROFS;
  return fail(denied ? ErrorCode::kNoPermission : ErrorCode::kIo,
              fmt::format("{}: {}", path, why_not_written(os_error)), next_step(os_error),
              os_error);
}

bool is_device(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

}  // namespace

struct OutputFile::Impl {
  Impl(std::string final_path, std::string part_path, Fd fd)
      : path(std::move(final_path)),
        part(std::move(part_path)),
        buffer(std::move(fd)),
        stream(&buffer) {}
  ~Impl() {
    if (!part.empty()) ::unlink(part.c_str());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string path;
  std::string part;  // "": nothing to rename
  FileBuffer buffer;
  std::ostream stream;
};

OutputFile::OutputFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;
OutputFile::~OutputFile() = default;

Result<OutputFile> OutputFile::create(const std::string& path) {
  constexpr mode_t kMode = 0666;  // less what umask takes off
  const bool as_it_is = is_device(path);
  const std::string part = as_it_is ? "" : path + ".part";
  // A link that someone else put there is not followed.
  if (!as_it_is) ::unlink(part.c_str());
  Fd fd = open_for_writing(as_it_is ? path : part, as_it_is ? 0 : O_CREAT | O_EXCL, kMode);
  if (!fd) return cannot_write(path, errno);
  if (!as_it_is) give_to_sudo_user(fd.get());
  return OutputFile(std::make_unique<Impl>(path, part, std::move(fd)));
}

std::ostream& OutputFile::stream() { return impl_->stream; }

Result<void> OutputFile::check() const {
  if (impl_->stream) return {};
  return cannot_write(impl_->path, impl_->buffer.os_error());
}

Result<void> OutputFile::commit() {
  impl_->stream.flush();
  TRY(check());
  if (impl_->part.empty()) return {};
  if (::rename(impl_->part.c_str(), impl_->path.c_str()) != 0) {
    return cannot_write(impl_->path, errno);
  }
  impl_->part.clear();
  return {};
}

Result<void> write_file(const std::string& path, std::string_view data) {
  TRY_ASSIGN(auto file, OutputFile::create(path));
  file.stream() << data;
  return file.commit();
}

void give_to_sudo_user(int fd) {
  const char* uid = std::getenv("SUDO_UID");
  const char* gid = std::getenv("SUDO_GID");
  if (::geteuid() != 0 || uid == nullptr || gid == nullptr) return;
  auto owner = static_cast<uid_t>(std::strtoul(uid, nullptr, 10));
  auto group = static_cast<gid_t>(std::strtoul(gid, nullptr, 10));
  (void)!::fchown(fd, owner, group);  // where that is not possible, root can still read it
}

}  // namespace gosnoop
