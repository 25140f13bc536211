// SPDX-License-Identifier: Apache-2.0
#include "probe/links.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>

#include "probe/libbpf_log.h"

namespace gosnoop::probe {
namespace {

using plan::Program;

std::string place(const plan::Site& site) {
  return fmt::format("attach {}+{:#x}", site.function, site.in_function);
}

// All sites of one program in one link.
Result<Link> attach_multi(bpf_program* program, const std::vector<unsigned long>& offsets,
                          const target::Process& process, const std::string& file) {
  LibbpfLog log;
  LIBBPF_OPTS(bpf_uprobe_multi_opts, options);
  options.offsets = offsets.data();
  options.cnt = offsets.size();
  Link link(
      bpf_program__attach_uprobe_multi(program, process.pid(), file.c_str(), nullptr, &options));
  if (!link) return fail(log.error(fmt::format("attach {}", bpf_program__name(program)), errno));
  return link;
}

Result<Link> attach_one(bpf_program* program, const plan::Site& site,
                        const target::Process& process, const std::string& file) {
  LibbpfLog log;
  Link link(
      bpf_program__attach_uprobe(program, false, process.pid(), file.c_str(), site.offset.value));
  if (!link) return fail(log.error(place(site), errno));
  return link;
}

}  // namespace

bpf_program* program_of(const goroutine_bpf& skeleton, Program program) {
  switch (program) {
    case Program::kCreate:
      return skeleton.progs.on_create;
    case Program::kCreateQueued:
      return skeleton.progs.on_create_queued;
    case Program::kExit:
      return skeleton.progs.on_exit;
    case Program::kPark:
      return skeleton.progs.on_park;
    case Program::kReady:
      return skeleton.progs.on_ready;
    case Program::kStatusChange:
      return skeleton.progs.on_status_change;
    case Program::kExecute:
      return skeleton.progs.on_execute;
    case Program::kCoroswitch:
      return skeleton.progs.on_coroswitch;
  }
  return nullptr;
}

Result<Links> Links::attach(goroutine_bpf& skeleton, const plan::ProbePlan& plan,
                            const target::Process& process, const std::string& file,
                            bool uprobe_multi) {
  Links links;
  for (int i = 0; i < plan::kPrograms; ++i) {
    auto program = static_cast<Program>(i);
    std::vector<unsigned long> offsets;
    for (const auto& site : plan.sites) {
      if (site.program != program) continue;
      if (uprobe_multi) {
        offsets.push_back(site.offset.value);
      } else {
        TRY_ASSIGN(auto link, attach_one(program_of(skeleton, program), site, process, file));
        links.links_.push_back(std::move(link));
      }
    }
    if (offsets.empty()) continue;
    TRY_ASSIGN(auto link, attach_multi(program_of(skeleton, program), offsets, process, file));
    links.links_.push_back(std::move(link));
  }
  return links;
}

Links::~Links() {
  std::vector<std::thread> threads;
  for (auto& link : links_) {
    try {
      threads.emplace_back([&link] { link.reset(); });
    } catch (const std::system_error&) {  // no thread to be had
      link.reset();
    }
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace gosnoop::probe
