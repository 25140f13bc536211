// SPDX-License-Identifier: Apache-2.0
#include "snapshot/call_reader.h"

namespace gosnoop::snapshot {

CallReader::CallReader(const target::Process& process, const gobin::GoBinary& binary,
                       const ThreadReader& threads)
    : binary_(binary),
      threads_(threads),
      pid_(process.pid()),
      bias_(binary.image().load_bias(process.exe_start())) {}

// Go code calls the kernel on the goroutine's stack; C code on that of its thread, and so does the
// runtime when the thread has nothing to run, which is not the goroutine's call.
bool CallReader::is_in(const target::Call& call, const Goroutine& g) const {
  if (call.sp >= g.stack_lo && call.sp < g.stack_hi) return true;
  auto function = binary_.function_at(LinkAddress{g.syscall_pc - bias_});
  return function && function->name == "runtime.cgocall";
}

std::vector<std::optional<ThreadCall>> CallReader::read(
    std::span<const Goroutine> goroutines) const {
  std::vector<std::optional<ThreadCall>> calls(goroutines.size());
  const auto threads = threads_.read(goroutines);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (threads[i] == 0) continue;
    auto call = target::current_call(pid_, threads[i]);
    if (call && is_in(*call, goroutines[i])) calls[i] = {threads[i], *call};
  }
  return calls;
}

}  // namespace gosnoop::snapshot
