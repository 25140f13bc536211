// SPDX-License-Identifier: Apache-2.0
// Which system calls take how long, who makes them and from where.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyze/names.h"
#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

class Syscalls {
 public:
  void on(const event::SyscallName& name) { names_[name.number] = name.name; }
  void on(const event::SyscallTotals& totals);
  void on(const event::SyscallErrors& errors);
  void on(const event::SyscallGoroutines& goroutines) {
    goroutines_[goroutines.number] = goroutines;
  }
  void on(const event::Syscall& call);

  std::vector<SyscallUse> uses(const Names& names) const;
  std::vector<SyscallNow> now(const Names& names) const;

 private:
  using Key = std::pair<std::uint32_t, event::Origin>;

  std::string name_of(std::uint32_t number) const;

  std::unordered_map<std::uint32_t, std::string> names_;
  std::map<std::tuple<Key, event::StackHash>, event::SyscallTotals> totals_;
  std::map<std::pair<Key, std::uint64_t>, std::uint64_t> errors_;
  std::unordered_map<std::uint32_t, event::SyscallGoroutines> goroutines_;
  std::map<std::uint32_t, event::Syscall> in_flight_;  // by thread
};

}  // namespace gosnoop::analyze
