// SPDX-License-Identifier: Apache-2.0
// Prints what each goroutine of a process waits for as JSON, for waits_test.py to compare with what
// the program says. Sets no probe. usage: waits_dump PID [--cost]
// --cost: prints the CPU seconds that the goroutines alone took, and those with their waits.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/file.h"
#include "base/time.h"
#include "snapshot/table.h"
#include "snapshot/waits.h"

namespace {

using namespace gosnoop;
using nlohmann::json;
using snapshot::WaitsFor;

constexpr const char* kKinds[] = {"unknown", "nothing", "channels", "semaphore",
                                  "cond",    "sleep",   "network",  "syscall"};

json channel_json(const snapshot::Channel& channel) {
  return {{"address", channel.address}, {"send", channel.send},
          {"closed", channel.closed},   {"timer", channel.timer},
          {"length", channel.length},   {"capacity", channel.capacity},
          {"senders", channel.senders}, {"receivers", channel.receivers}};
}

json socket_json(const std::optional<target::Socket>& socket) {
  if (!socket) return nullptr;
  return {{"protocol", socket->protocol},
          {"local", socket->local},
          {"remote", socket->remote},
          {"state", socket->state}};
}

json waits_json(const WaitsFor& waits) {
  json channels = json::array();
  for (const auto& channel : waits.channels) channels.push_back(channel_json(channel));
  return {{"kind", kKinds[static_cast<int>(waits.kind)]},
          {"write", waits.write},
          {"fd", waits.fd},
          {"address", waits.address},
          {"until_ns", waits.until_ns},
          {"channels", channels},
          {"socket", socket_json(waits.socket)},
          {"call", waits.call}};
}

double cpu_seconds() { return static_cast<double>(clock_ns(CLOCK_PROCESS_CPUTIME_ID)) * 1e-9; }

struct Target {
  target::Process process;
  MappedFile file;
  gobin::GoBinary binary;
};

Result<Target> open(pid_t pid) {
  TRY_ASSIGN(auto process, target::Process::open(pid));
  TRY_ASSIGN(auto file, MappedFile::open(process.exe_link(), FileKind::kProgram));
  TRY_ASSIGN(auto binary, gobin::GoBinary::parse(file.bytes()));
  return Target{std::move(process), std::move(file), std::move(binary)};
}

// Calls visit(goroutine, what it waits for, its thread) for all.
template <typename Visit>
Result<void> visit_all(const Target& target, Visit visit) {
  TRY_ASSIGN(auto table, snapshot::Table::open(target.process, target.binary));
  TRY(table.check_layout());
  TRY_ASSIGN(auto memory, target::Memory::open(target.process.pid()));
  snapshot::WaitReader reader(target.process, target.binary, memory);
  auto read = table.read([&](std::vector<snapshot::Seen> batch) -> Result<void> {
    std::vector<snapshot::Goroutine> goroutines;
    for (const auto& seen : batch) goroutines.push_back(seen.g);
    const auto waits = reader.read(goroutines);
    const auto threads = reader.read_threads(goroutines);
    for (std::size_t i = 0; i < waits.size(); ++i) visit(goroutines[i], waits[i], threads[i]);
    return {};
  });
  TRY(read);
  return {};
}

Result<json> dump(pid_t pid) {
  TRY_ASSIGN(auto target, open(pid));
  json goroutines = json::array();
  TRY(visit_all(target, [&](const auto& g, const auto& waits, auto thread) {
    goroutines.push_back({{"goid", g.goid},
                          {"status", static_cast<int>(g.status)},
                          {"reason", target.binary.wait_reasons().at(g.wait_reason)},
                          {"locked", g.locked_m != 0},
                          {"thread", thread},
                          {"waitsince", g.waitsince},
                          {"waits_for", waits_json(waits)}});
  }));
  return goroutines;
}

Result<json> cost(pid_t pid) {
  TRY_ASSIGN(auto target, open(pid));
  TRY_ASSIGN(auto table, snapshot::Table::open(target.process, target.binary));
  double begin = cpu_seconds();
  TRY(table.read([](auto) -> Result<void> { return {}; }));
  double middle = cpu_seconds();
  std::size_t count = 0;
  std::map<std::string, std::size_t> kinds;
  TRY(visit_all(target, [&](const auto&, const WaitsFor& waits, auto) {
    ++count;
    ++kinds[kKinds[static_cast<int>(waits.kind)]];
  }));
  return json{{"goroutines", count},
              {"kinds", kinds},
              {"table", middle - begin},
              {"table_and_waits", cpu_seconds() - middle}};
}

}  // namespace

int main(int argc, char** argv) {
  pid_t pid = argc > 1 ? std::atoi(argv[1]) : 0;
  bool cost_only = argc > 2 && std::string_view(argv[2]) == "--cost";
  auto result = cost_only ? cost(pid) : dump(pid);
  if (!result) return std::cerr << result.error().message << "\n", 1;
  std::cout << result->dump() << "\n";
}
