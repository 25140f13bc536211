// SPDX-License-Identifier: Apache-2.0
#include "target/memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "target/process.h"

namespace gosnoop::target {

namespace {
constexpr std::size_t kMaxPieces = 1024;  // UIO_MAXIOV, linux/uio.h
}

Result<Memory> Memory::open(pid_t pid) {
  std::string path = fmt::format("/proc/{}/mem", pid);
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(proc_error(pid, path, errno));
  return Memory(pid, std::move(file));
}

bool Memory::read(RuntimeAddress from, std::span<std::byte> to) const {
  iovec local{to.data(), to.size()};
  iovec remote{reinterpret_cast<void*>(from.value), to.size()};
  auto size = static_cast<ssize_t>(to.size());
  if (::process_vm_readv(pid_, &local, 1, &remote, 1, 0) == size) return true;
  return ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(from.value)) == size;
}

// Reads pieces up to the first that fails; returns how many were read.
std::size_t Memory::read_batch(std::span<Piece> pieces) const {
  std::array<iovec, kMaxPieces> local{};
  std::array<iovec, kMaxPieces> remote{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    local[i] = {pieces[i].to.data(), pieces[i].to.size()};
    remote[i] = {reinterpret_cast<void*>(pieces[i].from.value), pieces[i].to.size()};
  }
  ssize_t got =
      ::process_vm_readv(pid_, local.data(), pieces.size(), remote.data(), pieces.size(), 0);
  std::size_t done = 0;
  for (; done < pieces.size() && got >= static_cast<ssize_t>(pieces[done].to.size()); ++done) {
    got -= static_cast<ssize_t>(pieces[done].to.size());
    pieces[done].read = true;
  }
  return done;
}

void Memory::read_all(std::span<Piece> pieces) const {
  while (!pieces.empty()) {
    auto batch = pieces.first(std::min(pieces.size(), kMaxPieces));
    std::size_t done = read_batch(batch);
    if (done < batch.size()) {  // the one that failed, by itself
      batch[done].read = read(batch[done].from, batch[done].to);
      ++done;
    }
    pieces = pieces.subspan(done);
  }
}

}  // namespace gosnoop::target
