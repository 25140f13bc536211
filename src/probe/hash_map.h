// SPDX-License-Identifier: Apache-2.0
// Hash maps of BPF programs, entry by entry.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstdint>

namespace gosnoop::probe {

// visit(key) for each key, which visit may not delete. A map that changes meanwhile may begin anew
// (kernel/bpf/hashtab.c, htab_map_get_next_key), so at most twice its room is read.
template <typename Key, typename Visit>
void for_each_key(const bpf_map* map, Visit visit) {
  int fd = bpf_map__fd(map);
  Key key{}, next{};
  const Key* before = nullptr;
  for (std::uint64_t i = 0; i < 2ull * bpf_map__max_entries(map); ++i) {
    if (bpf_map_get_next_key(fd, before, &next) != 0) return;
    visit(next);
    key = next;
    before = &key;
  }
}

// visit(key, value) likewise.
template <typename Key, typename Value, typename Visit>
void for_each(const bpf_map* map, Visit visit) {
  for_each_key<Key>(map, [fd = bpf_map__fd(map), &visit](const Key& key) {
    Value value{};
    if (bpf_map_lookup_elem(fd, &key, &value) == 0) visit(key, value);
  });
}

}  // namespace gosnoop::probe
