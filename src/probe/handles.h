// SPDX-License-Identifier: Apache-2.0
// Owners of libbpf's handles.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

#include "probe/skeleton.h"

namespace gosnoop::probe {

// enum bpf_attach_type of linux/bpf.h since Linux 6.6; bookworm's header is older.
inline constexpr auto kTraceUprobeMulti = static_cast<bpf_attach_type>(48);

struct DestroySkeleton {
  void operator()(goroutine_bpf* skeleton) const { goroutine_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<goroutine_bpf, DestroySkeleton>;

struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, DestroyLink>;

struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
using Ring = std::unique_ptr<ring_buffer, FreeRing>;

}  // namespace gosnoop::probe
