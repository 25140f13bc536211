// SPDX-License-Identifier: Apache-2.0
// Prints one snapshot of a process as JSON, for snapshot_test.py to compare with Go's own dump of
// its goroutines. Sets no probe. usage: snapshot_dump PID
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "event/wire.h"
#include "snapshot/table.h"

namespace {

using namespace gosnoop;
using nlohmann::json;

// Keeps what a snapshot sends.
class Collector final : public RecordSink {
 public:
  Result<void> on_record(Bytes record) override {
    TRY_ASSIGN(auto event, event::decode(record));
    if (auto* stack = std::get_if<event::Stack>(&event)) stacks_[stack->hash] = stack->frames;
    if (auto* state = std::get_if<event::GoState>(&event)) states_.push_back(*state);
    if (auto* end = std::get_if<event::SnapshotEnd>(&event)) end_ = *end;
    return {};
  }

  json to_json(const gobin::GoBinary& binary) const {
    json goroutines = json::array();
    for (const auto& state : states_) {
      auto stack = stacks_.find(state.stack);
      goroutines.push_back(
          {{"goid", state.goid},
           {"parent", state.parent},
           {"status", static_cast<int>(state.status)},
           {"reason", binary.wait_reasons().at(state.reason)},
           {"system", state.system},
           {"stack", stack == stacks_.end() ? json::array() : json(stack->second)}});
    }
    return {{"goroutines", goroutines}, {"sent", end_.goroutines}, {"unreadable", end_.unreadable}};
  }

 private:
  std::map<event::StackHash, std::vector<std::uint64_t>> stacks_;
  std::vector<event::GoState> states_;
  event::SnapshotEnd end_;
};

Result<json> dump(pid_t pid) {
  TRY_ASSIGN(auto process, target::Process::open(pid));
  TRY_ASSIGN(auto file, MappedFile::open(process.exe_link()));
  TRY_ASSIGN(auto binary, gobin::GoBinary::parse(file.bytes()));
  TRY_ASSIGN(auto table, snapshot::Table::open(process, binary));
  TRY(table.check_layout());
  Collector collector;
  TRY(table.send(collector, {}));
  return collector.to_json(binary);
}

}  // namespace

int main(int argc, char** argv) {
  auto result = dump(argc > 1 ? std::atoi(argv[1]) : 0);
  if (!result) return std::cerr << result.error().message << "\n", 1;
  std::cout << result->dump() << "\n";
}
