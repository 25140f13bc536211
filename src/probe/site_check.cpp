// SPDX-License-Identifier: Apache-2.0
#include "probe/site_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace gosnoop::probe {
namespace {

bool same_code(std::span<const std::byte> mapped, std::span<const std::byte> file) {
  bool first = mapped[0] == file[0] || mapped[0] == kBreakpoint;
  return first && std::equal(mapped.begin() + 1, mapped.end(), file.begin() + 1);
}

}  // namespace

Result<void> check_sites(const plan::ProbePlan& plan, const target::Process& process,
                         std::uint64_t bias) {
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  for (const auto& site : plan.sites) {
    std::vector<std::byte> mapped(site.bytes.size());
    RuntimeAddress address{site.address.value + bias};
    if (!memory.read(address, mapped)) {
      return fail(ErrorCode::kTargetMismatch,
                  fmt::format("{}+{:#x} is not mapped at {:#x}", site.function, site.in_function,
                              address.value),
                  "the target may be exiting, or unpacked itself into memory: it cannot be traced");
    }
    if (!same_code(mapped, site.bytes)) {
      return fail(ErrorCode::kTargetMismatch,
                  fmt::format("the code of {}+{:#x} in memory differs from the file", site.function,
                              site.in_function),
                  "the program was patched in memory: gosnoop does not probe it");
    }
  }
  return {};
}

}  // namespace gosnoop::probe
