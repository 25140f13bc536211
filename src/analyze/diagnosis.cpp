// SPDX-License-Identifier: Apache-2.0
#include "analyze/diagnosis.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace gosnoop::analyze {
namespace {

using State = Check::State;

struct Command {
  std::string_view name;
  Jobs job;
  bool has_target = true;  // takes a pid
};

constexpr std::array kCommands{Command{"leaks", kLeakProbes},
                               Command{"block", kBlockProbes},
                               Command{"trace", kBlockProbes},
                               Command{"record", kBlockProbes},
                               Command{"run", kBlockProbes, false},
                               Command{"dump", kSnapshots},
                               Command{"leaks --no-probes", kSnapshots},
                               Command{"ps", 0, false}};

std::vector<const Check*> all_checks(const Diagnosis& diagnosis) {
  std::vector<const Check*> all;
  for (const auto& check : diagnosis.host) all.push_back(&check);
  for (const auto& check : diagnosis.target) all.push_back(&check);
  return all;
}

// The first check in this state that affects one of the jobs.
const Check* first(const Diagnosis& diagnosis, State state, Jobs jobs) {
  for (const auto* check : all_checks(diagnosis)) {
    if (check->state == state && (check->affects & jobs) != 0) return check;
  }
  return nullptr;
}

// Commands that share a fate, and the check they owe it to.
struct Group {
  const Check* failing = nullptr;
  const Check* limiting = nullptr;
  std::vector<std::string> commands;

  bool same_fate(const Group& other) const {
    return failing == other.failing && limiting == other.limiting;
  }
};

Group fate_of(const Diagnosis& diagnosis, const Command& command) {
  Group group;
  group.failing = first(diagnosis, State::kFail, command.job);
  if (group.failing == nullptr) group.limiting = first(diagnosis, State::kWarn, command.job);
  group.commands.emplace_back(command.name);
  return group;
}

std::vector<Group> group_commands(const Diagnosis& diagnosis) {
  std::vector<Group> groups;
  for (const auto& command : kCommands) {
    if (diagnosis.pid && !command.has_target) continue;
    auto group = fate_of(diagnosis, command);
    bool joined = false;
    for (auto& other : groups) {
      if (joined || !other.same_fate(group)) continue;
      other.commands.push_back(group.commands.front());
      joined = true;
    }
    if (!joined) groups.push_back(std::move(group));
  }
  return groups;
}

// "leaks, block and trace"
std::string enumerate(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string reason(const Check& check) { return fmt::format("{}: {}", check.name, check.detail); }

std::string sentence(const Group& group, const std::string& where, bool all) {
  auto who = all ? std::string("everything gosnoop does") : enumerate(group.commands);
  if (group.failing != nullptr) {
    if (all) who = "nothing gosnoop does";
    return fmt::format("{} will {}work{}: {}", who, all ? "" : "not ", where,
                       reason(*group.failing));
  }
  if (group.limiting != nullptr) {
    return fmt::format("{} will work{}, but with limits: {}", who, where, reason(*group.limiting));
  }
  return fmt::format("{} will work{}", who, where);
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

int exit_status(const Diagnosis& diagnosis) {
  const auto* failing = first(diagnosis, State::kFail, kProbes);
  return failing == nullptr ? 0 : static_cast<int>(failing->code);
}

}  // namespace

Check failed(std::string name, const Error& error, Jobs stops, std::string consequence) {
  return {std::move(name), State::kFail, error.message, std::move(consequence),
          error.hint,      stops,        error.code};
}

Prospect conclude(const Diagnosis& diagnosis) {
  Prospect prospect;
  auto groups = group_commands(diagnosis);
  auto where = diagnosis.pid ? fmt::format(" on pid {}", *diagnosis.pid) : std::string(" here");
  for (const auto& group : groups) {
    append(group.failing != nullptr ? prospect.fails : prospect.works, group.commands);
    if (group.limiting != nullptr) append(prospect.limited, group.commands);
    prospect.verdict.push_back(sentence(group, where, groups.size() == 1));
  }
  prospect.exit_status = exit_status(diagnosis);
  return prospect;
}

}  // namespace gosnoop::analyze
