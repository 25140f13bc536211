// SPDX-License-Identifier: Apache-2.0
// A target in which nothing happens: what gosnoop then reports is true, and misleading.
#pragma once

#include <optional>
#include <string>

#include "target/process.h"
#include "target/surroundings.h"

namespace gosnoop::cli {

struct Halt {
  std::string what;  // "stopped by a signal"
  std::string consequence;
  std::string next_step;
};

// What keeps the process from running, or may. Nothing where it is gosnoop itself.
std::optional<Halt> find_halt(const target::Process& process, const target::Surroundings& around);

// The same as a line for people: "pid 42 is stopped by a signal: …". "": it runs.
std::string halt_note(const target::Process& process);

}  // namespace gosnoop::cli
