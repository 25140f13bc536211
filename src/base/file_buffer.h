// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <streambuf>
#include <vector>

#include "base/fd.h"

namespace gosnoop {

// A stream buffer that keeps the errno of what failed, which std::filebuf does not, and waits for a
// reader that stalls as base/patient_write.h says.
class FileBuffer final : public std::streambuf {
 public:
  explicit FileBuffer(Fd fd);

  int fd() const { return fd_.get(); }
  int os_error() const { return os_error_; }  // 0: nothing failed

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  void clear() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }
  bool write_out();

  Fd fd_;
  bool stalls_;
  int os_error_ = 0;
  std::vector<char> buffer_;
};

}  // namespace gosnoop
