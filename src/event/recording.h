// SPDX-License-Identifier: Apache-2.0
// A recording: a 16-byte head {"GOSNOOP\0", u32 version, u32 0}, then wire records. It holds the
// symbols of every address in it, so that it can be read without the target, on any machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/file.h"
#include "base/patient_write.h"
#include "base/result.h"
#include "event/wire.h"

namespace gosnoop::event {

// Writes records to a file as they come, in large writes; flush() or the destructor writes the
// rest. A file that was there is overwritten with the first record, not before: where none comes,
// as the target could not be traced, an earlier recording stays, and no empty file is left.
class RecordingWriter final : public RecordSink {
 public:
  // Opens `path`, or creates it (mode 0600). A full disk is an Error (kIo) from on_record or flush,
  // and what was written before stays readable.
  static Result<RecordingWriter> create(const std::string& path);

  RecordingWriter(RecordingWriter&&) noexcept = default;
  RecordingWriter& operator=(RecordingWriter&&) noexcept = default;
  ~RecordingWriter() override;

  Result<void> on_record(Bytes record) override;
  Result<void> flush();
  std::uint64_t bytes_written() const { return written_; }

 private:
  RecordingWriter(Fd fd, std::string path, bool is_new)
      : fd_(std::move(fd)),
        stalls_(may_stall(fd_.get())),
        path_(std::move(path)),
        is_new_(is_new) {}

  Result<void> begin();

  Fd fd_;
  bool stalls_;
  std::string path_;
  bool is_new_;
  bool begun_ = false;
  std::vector<std::byte> buffer_;
  std::uint64_t written_ = 0;
};

// What reading a recording found besides its records.
struct RecordingInfo {
  bool cut_off = false;             // it ends inside a record, or without a window end
  std::uint64_t unknown_kinds = 0;  // records of a later version, skipped
};

// Reads `path` from the start and hands every whole record to `sink`. An Error (kBadRecording)
// where the file is no recording, or of a version this gosnoop cannot read.
Result<RecordingInfo> replay(const std::string& path, RecordSink& sink);

}  // namespace gosnoop::event
