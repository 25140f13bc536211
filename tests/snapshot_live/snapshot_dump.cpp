// SPDX-License-Identifier: Apache-2.0
// Prints one snapshot of a process as JSON, for snapshot_test.py to compare with Go's own dump of
// its goroutines. Sets no probe. usage: snapshot_dump PID
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "event/wire.h"
#include "snapshot/running.h"
#include "snapshot/table.h"

namespace {

using namespace gosnoop;
using nlohmann::json;
using symbol::PcKind;

// Keeps what a snapshot sends.
class Collector final : public RecordSink {
 public:
  Result<void> on_record(Bytes record) override {
    TRY_ASSIGN(auto event, event::decode(record));
    if (auto* stack = std::get_if<event::Stack>(&event)) stacks_[stack->hash] = *stack;
    if (auto* state = std::get_if<event::GoState>(&event)) states_.push_back(*state);
    if (auto* end = std::get_if<event::SnapshotEnd>(&event)) end_ = *end;
    return {};
  }

  json to_json(const gobin::GoBinary& binary) {
    json goroutines = json::array();
    for (const auto& state : states_) {
      const auto& stack = stacks_[state.stack];
      goroutines.push_back({{"goid", state.goid},
                            {"parent", state.parent},
                            {"status", static_cast<int>(state.status)},
                            {"reason", binary.wait_reasons().at(state.reason)},
                            {"system", state.system},
                            {"stack", stack.frames},
                            {"truncated", stack.truncated}});
    }
    return {{"goroutines", goroutines}, {"sent", end_.goroutines}, {"unreadable", end_.unreadable}};
  }

 private:
  std::map<event::StackHash, event::Stack> stacks_;
  std::vector<event::GoState> states_;
  event::SnapshotEnd end_;
};

// Whole stacks with their source lines, and of those that run, too.
class Lines {
 public:
  Lines(const target::Process& process, const gobin::GoBinary& binary)
      : process_(process),
        binary_(binary),
        bias_(binary.image().load_bias(process.exe_start())),
        locations_(binary, bias_) {}

  Result<json> to_json(const snapshot::Table& table) {
    json result = json::object();
    std::vector<snapshot::Goroutine> running;
    TRY(table.read([&](std::vector<snapshot::Seen> batch) -> Result<void> {
      for (const auto& seen : batch) {
        result[std::to_string(seen.g.goid)] = describe(seen.stack, seen.truncated, PcKind::kReturn);
        if (seen.g.status == snapshot::Status::kRunning) running.push_back(seen.g);
      }
      return {};
    }));
    TRY_ASSIGN(auto stacks, snapshot::stacks_of_running(process_, binary_, running, 1024));
    for (std::size_t i = 0; i < running.size(); ++i) {
      result[std::to_string(running[i].goid)] =
          describe(stacks[i].pcs, stacks[i].truncated(), PcKind::kExact);
    }
    return result;
  }

 private:
  json describe(const snapshot::Pcs& pcs, bool truncated, PcKind innermost) {
    auto kinds = snapshot::kinds_of(binary_, bias_, pcs, innermost);
    json lines = json::array();
    for (std::size_t i = 0; i < pcs.size(); ++i) {
      for (const auto& line :
           locations_[locations_.at(pcs[i], kinds[i], symbol::Wrappers::kShown)].lines) {
        lines.push_back({line.function, line.file + ":" + std::to_string(line.line)});
      }
    }
    return {{"pcs", pcs}, {"lines", lines}, {"truncated", truncated}};
  }

  const target::Process& process_;
  const gobin::GoBinary& binary_;
  std::uint64_t bias_;
  symbol::Locations locations_;
};

Result<json> dump(pid_t pid) {
  TRY_ASSIGN(auto process, target::Process::open(pid));
  TRY_ASSIGN(auto file, MappedFile::open(process.exe_link(), FileKind::kProgram));
  TRY_ASSIGN(auto binary, gobin::GoBinary::parse(file.bytes()));
  TRY_ASSIGN(auto table, snapshot::Table::open(process, binary));
  TRY(table.check_layout());
  Collector collector;
  TRY(table.send(collector, {}));
  auto result = collector.to_json(binary);
  TRY_ASSIGN(result["stacks"], Lines(process, binary).to_json(table));
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  auto result = dump(argc > 1 ? std::atoi(argv[1]) : 0);
  if (!result) return std::cerr << result.error().message << "\n", 1;
  std::cout << result->dump() << "\n";
}
