// SPDX-License-Identifier: Apache-2.0
// Where to look: which instruction of the Go runtime shows each event, in this very binary.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "gobin/go_binary.h"

namespace gosnoop::plan {

// The BPF program that handles a site (bpf/goroutine.bpf.c, on_<name>).
enum class Program {
  kCreate,
  kCreateQueued,  // kCreate where PGO inlined newproc1: the new goroutine is about to be queued
  kExit,
  kPark,
  kReady,
  kStatusChange,
  kExecute,
  kCoroswitch,
};
inline constexpr int kPrograms = 8;

std::string_view name_of(Program program);  // "on_park"

struct Site {
  Program program{};
  std::string event;     // what a hit means
  std::string function;  // "runtime.park_m"
  LinkAddress address;
  FileOffset offset;              // what the uprobe is set on
  std::uint64_t in_function = 0;  // bytes from the function's entry
  std::string instruction;        // "jbe 0x44acb"
  std::vector<std::byte> bytes;   // of that instruction, as the file has them
  bool emulated = true;           // the kernel emulates it: one trap instead of two
  std::string why;                // why this instruction
};

// What the probes are to show.
enum class Purpose {
  kLives,   // creations, with their stacks, and exits: two hits a goroutine
  kBlocks,  // blocks and wakes; how many goroutines came and went the runtime itself counts
  kAll,     // everything as it happens
  kNone,    // no probe: system calls only, or snapshots
};

struct ProbePlan {
  Purpose purpose = Purpose::kAll;
  std::vector<Site> sites;
  bool systemstack_has_frame = true;  // runtime.systemstack pushes rbp (Go 1.21+)

  // Does every event have its site? False where PGO inlined `ready` or `casgstatus` and wakes are
  // seen when the goroutine runs: a few µs late, and without the waker.
  bool exact_wakes = true;
};

// Pure. An Error (kUnsupportedGo) where an event has no site that would see all of it: gosnoop
// refuses rather than miscounts.
Result<ProbePlan> make_plan(const gobin::GoBinary& binary, Purpose purpose = Purpose::kAll);

// --dry-run: a table of event, site, instruction and why.
void print(std::ostream& out, const ProbePlan& plan, const gobin::GoBinary& binary);

}  // namespace gosnoop::plan
