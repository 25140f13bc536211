// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace gosnoop::probe {

// The elements of a BPF array map (BPF_F_MMAPABLE) in our memory, as BPF programs change them.
// sizeof(T) is the map's value size and a multiple of 8 (kernel/bpf/arraymap.c, array_map_mmap).
template <typename T>
class SharedArray {
 public:
  static_assert(sizeof(T) % 8 == 0);

  SharedArray() = default;
  static Result<SharedArray> open(const bpf_map* map) {
    std::size_t entries = bpf_map__max_entries(map);
    auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::size_t size = (entries * sizeof(T) + page - 1) / page * page;
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);
    if (data == MAP_FAILED) {
      return fail(ErrorCode::kKernel,
                  std::string("map ") + bpf_map__name(map) + ": " + std::strerror(errno),
                  "gosnoop needs Linux 5.10 or newer", errno);
    }
    return SharedArray({static_cast<const T*>(data), entries}, size);
  }

  SharedArray(SharedArray&& other) noexcept
      : values_(std::exchange(other.values_, {})), size_(std::exchange(other.size_, 0)) {}
  SharedArray& operator=(SharedArray&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedArray() {
    if (size_ != 0) ::munmap(const_cast<T*>(values_.data()), size_);
  }

  std::span<const T> values() const { return values_; }

 private:
  SharedArray(std::span<const T> values, std::size_t size) : values_(values), size_(size) {}

  std::span<const T> values_;
  std::size_t size_ = 0;
};

}  // namespace gosnoop::probe
