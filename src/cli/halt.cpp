// SPDX-License-Identifier: Apache-2.0
#include "cli/halt.h"

#include <fmt/format.h>
#include <unistd.h>

namespace gosnoop::cli {

std::optional<Halt> find_halt(const target::Process& process, const target::Surroundings& around) {
  if (around.tracer == ::getpid()) return std::nullopt;  // `gosnoop run` is about to let it run
  if (around.tracer != 0) {
    return Halt{fmt::format("traced by pid {} (a debugger?)", around.tracer),
                "it stands still whenever that one wants it to", "detach the debugger"};
  }
  if (!around.stopped) return std::nullopt;
  return Halt{"stopped by a signal", "nothing happens in it until it goes on",
              fmt::format("kill -CONT {}", process.pid())};
}

std::string halt_note(const target::Process& process) {
  const auto halt = find_halt(process, target::read_surroundings(process));
  if (!halt) return "";
  return fmt::format("pid {} is {}: {} ({})", process.pid(), halt->what, halt->consequence,
                     halt->next_step);
}

}  // namespace gosnoop::cli
