// SPDX-License-Identifier: Apache-2.0
// Byte offsets of the fields of Go's runtime structs, which differ between Go versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gosnoop::gobin {

inline constexpr std::int32_t kNoField = -1;  // the struct of this Go version has no such field

// Field names follow src/runtime/runtime2.go, chan.go, netpoll.go, time.go,
// coro.go.
struct RuntimeLayout {
  enum class Source {
    kDwarf,         // read from the binary itself
    kTable,         // generated table, this very Go minor version
    kNearestTable,  // generated table, the nearest known minor version: needs a check on live data
  } source = Source::kTable;
  int table_minor = 0;  // the table's Go minor version for kTable and kNearestTable

  struct {
    std::int32_t size = kNoField, stack_lo = kNoField, stack_hi = kNoField, m = kNoField,
                 sched_sp = kNoField, sched_pc = kNoField, sched_g = kNoField, sched_bp = kNoField,
                 syscallsp = kNoField, syscallpc = kNoField, syscallbp = kNoField,
                 atomicstatus = kNoField, goid = kNoField, waitsince = kNoField,
                 waitreason = kNoField, lockedm = kNoField, parent_goid = kNoField, gopc = kNoField,
                 startpc = kNoField, waiting = kNoField, coroarg = kNoField, coroexit = kNoField;
    std::int32_t tracking_seq = kNoField;  // uint8: grows each time the goroutine stops running
    std::int32_t timer = kNoField;         // *timer, of time.Sleep
    std::int32_t sleep_when = kNoField;    // Go 1.23+: when that sleep ends
    std::int32_t bubble = kNoField;        // Go 1.24+: not nil in a testing/synctest bubble
  } g;
  struct {
    std::int32_t size = kNoField, g0 = kNoField, id = kNoField, procid = kNoField, curg = kNoField,
                 lockedg = kNoField;
  } m;
  struct {
    // elem and c are the plain pointers up to Go 1.25; from 1.26 they are {vp, vu} pairs and these
    // offsets name vu, which is always set (runtime2.go, maybeTraceablePtr).
    std::int32_t g = kNoField, next = kNoField, elem = kNoField, waitlink = kNoField, c = kNoField,
                 is_select = kNoField;
  } sudog;
  struct {
    // recvq and sendq: the pointer to the first sudog that waits.
    std::int32_t qcount = kNoField, dataqsiz = kNoField, closed = kNoField, recvq = kNoField,
                 sendq = kNoField;
    std::int32_t timer = kNoField;  // Go 1.23+: not nil in the channel of a timer or ticker
  } hchan;
  struct {
    std::int32_t fd = kNoField, rg = kNoField, wg = kNoField, self = kNoField;
  } poll_desc;
  struct {
    std::int32_t when = kNoField, arg = kNoField;
  } timer;
  struct {
    std::int32_t gp = kNoField;
  } coro;
  struct {
    // A P takes goids in batches: goidcache is the next it gives away, goidcacheend behind its
    // last.
    std::int32_t id = kNoField, goidcache = kNoField, goidcacheend = kNoField;
  } p;
};

// The generated table's layout for Go 1.<minor>; the nearest known one, marked kNearestTable, for a
// version the table does not have.
RuntimeLayout layout_from_table(int go_minor);

// From the DWARF of an ELF file in memory (libdw); nothing where there is none or it lacks fields.
std::optional<RuntimeLayout> layout_from_dwarf(const std::byte* file, std::size_t size);

}  // namespace gosnoop::gobin
