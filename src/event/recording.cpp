// SPDX-License-Identifier: Apache-2.0
#include "event/recording.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/output_file.h"
#include "event/contract.h"

namespace gosnoop::event {
namespace {

constexpr std::size_t kWriteSize = std::size_t{1} << 18;
constexpr std::size_t kForgetStep = std::size_t{1} << 26;  // a recording can be larger than memory
constexpr char kMagic[8] = {'G', 'O', 'S', 'N', 'O', 'O', 'P', '\0'};

struct Head {
  char magic[8];
  std::uint32_t version;
  std::uint32_t zero;
};
static_assert(sizeof(Head) == 16);

tl::unexpected<Error> write_error(const std::string& path, int os_error) {
  bool full = os_error == ENOSPC || os_error == EDQUOT || os_error == EFBIG;
  bool denied = os_error == EACCES || os_error == EPERM || os_error == EROFS;
  return fail(denied ? ErrorCode::kNoPermission : ErrorCode::kIo,
              fmt::format("{}: {}", path, why_not_written(os_error)),
              full ? "free some space or record to another disk; what was written can be replayed"
              : os_error == ENAMETOOLONG ? "choose a shorter name"
                                         : "choose a path that you may write",
              os_error);
}

void append(std::vector<std::byte>& buffer, Bytes bytes) {
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

// With each snapshot, about once a second, the file is brought up to date: a gosnoop that is killed
// loses no more than that.
bool ends_snapshot(Bytes record) {
  auto header = read_at<wire::wire_header>(record, 0);
  return header && header->kind == wire::WIRE_SNAPSHOT_END;
}

Result<void> check_head(const std::string& path, Bytes file) {
  auto head = read_at<Head>(file, 0);
  if (!head || std::memcmp(head->magic, kMagic, sizeof(kMagic)) != 0) {
    return fail(ErrorCode::kBadRecording, fmt::format("{}: not a gosnoop recording", path),
                "give a file that `gosnoop record` wrote");
  }
  if (head->version != WIRE_VERSION) {
    return fail(ErrorCode::kBadRecording,
                fmt::format("{}: recording of version {}, this gosnoop reads version {}", path,
                            head->version, WIRE_VERSION),
                "replay it with the gosnoop that recorded it");
  }
  return {};
}

bool is_known(std::uint16_t kind) {
  return (kind >= wire::WIRE_GO_CREATE && kind <= wire::WIRE_TCP) ||
         (kind >= wire::WIRE_TARGET && kind <= wire::WIRE_GOIDS) ||
         (kind >= wire::WIRE_TCP_TOTALS && kind <= wire::WIRE_PROBE_COST);
}

// Hands the records behind the head to `sink`. Ends at the first one that is not whole: a crash
// of the machine can leave zeros at a file's end, so an impossible size is an end too.
Result<RecordingInfo> replay_records(const MappedFile& file, RecordSink& sink) {
  RecordingInfo info;
  bool ended = false;
  Bytes rest = file.bytes().subspan(sizeof(Head));
  std::size_t forget_at = kForgetStep;
  while (auto size = record_size(rest)) {
    if (*size > rest.size()) break;
    if (const std::size_t done = file.bytes().size() - rest.size(); done >= forget_at) {
      file.forget_first(done);
      forget_at = done + kForgetStep;
    }
    auto kind = read_at<wire::wire_header>(rest, 0)->kind;
    ended = ended || kind == wire::WIRE_WINDOW_END;
    if (is_known(kind)) {
      TRY(sink.on_record(rest.first(*size)));
    } else {
      ++info.unknown_kinds;
    }
    rest = rest.subspan(*size);
  }
  info.cut_off = !ended || !rest.empty();
  return info;
}

}  // namespace

Result<RecordingWriter> RecordingWriter::create(const std::string& path) {
  Fd fd = open_for_writing(path, O_CREAT | O_EXCL, 0600);
  bool is_new = static_cast<bool>(fd);
  if (!is_new && errno == EEXIST) fd = open_for_writing(path, O_CREAT, 0600);
  if (!fd) return write_error(path, errno);
  return RecordingWriter(std::move(fd), path, is_new);
}

RecordingWriter::~RecordingWriter() {
  if (!fd_) return;
  if (begun_) (void)flush();
  if (!begun_ && is_new_) ::unlink(path_.c_str());
}

// Writes the head at once, so that a full disk is noticed now.
Result<void> RecordingWriter::begin() {
  begun_ = true;
  // A pipe or a device has no length: EINVAL.
  if (::ftruncate(fd_.get(), 0) != 0 && errno != EINVAL) return write_error(path_, errno);
  give_to_sudo_user(fd_.get());
  Head head{};
  std::memcpy(head.magic, kMagic, sizeof(kMagic));
  head.version = WIRE_VERSION;
  append(buffer_, std::as_bytes(std::span(&head, 1)));
  return flush();
}

Result<void> RecordingWriter::on_record(Bytes record) {
  if (!fd_) return write_error(path_, EBADF);
  if (!begun_) TRY(begin());
  append(buffer_, record);
  bool due = buffer_.size() >= kWriteSize || ends_snapshot(record);
  return due ? flush() : Result<void>{};
}

Result<void> RecordingWriter::flush() {
  const std::string_view data(reinterpret_cast<const char*>(buffer_.data()), buffer_.size());
  const int os_error = write_all(fd_.get(), data, stalls_);
  if (os_error != 0) {
    // Closed, so that nothing is written behind the gap.
    Fd closing = std::move(fd_);
    buffer_.clear();
    return write_error(path_, os_error);
  }
  written_ += data.size();
  buffer_.clear();
  return {};
}

Result<RecordingInfo> replay(const std::string& path, RecordSink& sink) {
  TRY_ASSIGN(auto file, MappedFile::open(path));
  TRY(check_head(path, file.bytes()));
  return replay_records(file, sink);
}

}  // namespace gosnoop::event
