// SPDX-License-Identifier: Apache-2.0
// What stands in gosnoop's way on this machine and in a process, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gosnoop::analyze {

// What gosnoop does, as far as its needs differ: a set of bits.
using Jobs = unsigned;
inline constexpr Jobs kLeakProbes = 1;   // leaks
inline constexpr Jobs kBlockProbes = 2;  // block, trace, record, run
inline constexpr Jobs kSnapshots = 4;    // dump, leaks --no-probes
inline constexpr Jobs kProbes = kLeakProbes | kBlockProbes;
inline constexpr Jobs kAllJobs = kProbes | kSnapshots;

// One thing that was looked at.
struct Check {
  enum class State {
    kOk,
    kWarn,      // works, with less than all of it: `affects` has what is lessened, if anything
    kFail,      // `affects` will not work
    kNotTried,  // something above is in the way
  };
  std::string name;  // "ring buffer"
  State state = State::kOk;
  std::string detail;       // what was found
  std::string consequence;  // what it means; "" where all is well
  std::string next_step;    // what to do; "" where there is nothing to be done
  Jobs affects = 0;
  ErrorCode code = ErrorCode::kInternal;  // of kFail: the exit status
};

// A check that failed with an Error.
Check failed(std::string name, const Error& error, Jobs stops, std::string consequence);

// A place where a probe would sit, as --dry-run has it.
struct ProbeSite {
  std::string program;   // of BPF: "on_park"
  std::string event;     // what a hit means
  std::string function;  // "runtime.park_m"
  std::uint64_t in_function = 0;
  std::uint64_t file_offset = 0;
  std::string instruction;
};

struct Diagnosis {
  std::optional<int> pid;     // none: only the machine was looked at
  std::vector<Check> host;    // in the order in which one rests on another
  std::vector<Check> target;  // likewise
  std::vector<ProbeSite> sites;
};

// What will work, and why the rest will not.
struct Prospect {
  std::vector<std::string> works;    // commands: "leaks", "leaks --no-probes"
  std::vector<std::string> limited;  // of `works`: less than all of it
  std::vector<std::string> fails;
  std::vector<std::string> verdict;  // the answer, in one or more lines
  int exit_status = 0;               // 0: leaks and block will work
};

Prospect conclude(const Diagnosis& diagnosis);

}  // namespace gosnoop::analyze
