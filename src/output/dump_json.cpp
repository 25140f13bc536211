// SPDX-License-Identifier: Apache-2.0
#include "output/dump_json.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "analyze/dump_frames.h"
#include "output/dump_text.h"
#include "output/json_parts.h"
#include "output/units.h"
#include "output/wait_json.h"

namespace gosnoop::output {
namespace {

using analyze::DumpGroup;
using snapshot::Dump;
using snapshot::Member;

// A hundred thousand goroutines may each wait for a channel of their own.
constexpr std::size_t kMaxWaits = 100;

std::string one_line(const Json& json) { return dump(json, -1); }

Json seconds_json(std::uint64_t ns) {
  return ns == 0 ? Json() : Json(to_millis(static_cast<double>(ns) / 1e9));
}

// What many members share is made once.
class Writer {
 public:
  Writer(std::ostream& out, const Dump& dump) : out_(out), dump_(dump) {}

  void write_top() {
    const auto system =
        static_cast<std::uint64_t>(std::ranges::count(dump_.members, true, &Member::system));
    fmt::print(out_, "  \"schema\": {},\n  \"target\": {},\n  \"taken\": {},\n",
               one_line(kDumpSchema), one_line(target_json(dump_.target)),
               one_line(rfc3339(dump_.wall_clock_ns)));
    fmt::print(out_, "  \"goroutines\": {},\n  \"system\": {},\n  \"unreadable\": {},\n",
               dump_.members.size() - system, system, dump_.unreadable);
  }

  void write(const DumpGroup& group) {
    const Member& member = group.any(dump_);
    fmt::print(out_, "{{\"count\":{},\"status\":\"{}\",\"wait_reason\":{},\"oldest_seconds\":{},",
               group.count(), status_name(member.status), one_line(dump_.wait_reason(member)),
               one_line(seconds_json(group.longest_wait_ns)));
    fmt::print(out_, "\"stack\":{},\"truncated\":{},\"created_by\":{},", stack(member.stack),
               analyze::is_truncated(dump_, member.stack), place(member.created_by));
    fmt::print(out_, "\"different_waits\":{},\"waits_for\":{}}}", group.waits_for.size(),
               one_line(waits(group)));
  }

  void write(const Member& member) {
    fmt::print(out_, "{{\"id\":{},\"parent_id\":{},\"status\":\"{}\",\"wait_reason\":{},",
               member.goid, number_or_null(member.parent_goid), status_name(member.status),
               one_line(dump_.wait_reason(member)));
    fmt::print(out_, "\"waiting_seconds\":{},\"thread\":{},\"locked\":{},\"system\":{},",
               one_line(seconds_json(analyze::wait_ns(dump_, member))),
               number_or_null(member.thread), member.locked, member.system);
    fmt::print(out_, "\"stack\":{},\"truncated\":{},\"created_by\":{},\"start_function\":{},",
               stack(member.stack), analyze::is_truncated(dump_, member.stack),
               place(member.created_by), start(member));
    fmt::print(out_, "\"waits_for\":{}}}", wait(member.waits_for));
  }

 private:
  template <typename Number>
  static std::string number_or_null(Number number) {
    return number == 0 ? "null" : std::to_string(number);
  }

  const std::string& stack(std::uint32_t index) {
    auto [found, added] = stacks_.try_emplace(index);
    if (added) found->second = one_line(frames_json(analyze::frames_of(dump_, index)));
    return found->second;
  }

  const std::string& place(std::uint32_t location) {
    auto [found, added] = places_.try_emplace(location);
    if (added) found->second = one_line(frames_json(analyze::lines_at(dump_, location)));
    return found->second;
  }

  // The outermost of the functions that are inlined at an entry is the one that is entered.
  std::string start(const Member& member) const {
    const symbol::Frames lines = analyze::lines_at(dump_, member.start);
    return one_line(lines.empty() ? Json() : Json(lines.back().function));
  }

  Json waits(const DumpGroup& group) const {
    Json result = Json::array();
    for (const auto& [index, count] : group.waits_for) {
      if (result.size() == kMaxWaits) break;
      const Json wait = wait_json(dump_, dump_.waits[index]);
      if (wait.is_null()) continue;
      result.push_back({{"count", count}});
      result.back().update(wait);
    }
    return result;
  }

  std::string wait(std::uint32_t index) const {
    return index < dump_.waits.size() ? one_line(wait_json(dump_, dump_.waits[index])) : "null";
  }

  std::ostream& out_;
  const Dump& dump_;
  std::unordered_map<std::uint32_t, std::string> stacks_, places_;
};

// "name": [ items, one a line ]
template <typename Items, typename Write>
void write_list(std::ostream& out, const char* name, const Items& items, Write write) {
  fmt::print(out, "  \"{}\": [", name);
  const char* before = "\n    ";
  for (const auto& item : items) {
    out << before;
    write(item);
    before = ",\n    ";
  }
  out << (items.empty() ? "]" : "\n  ]");
}

}  // namespace

void write_dump_json(std::ostream& out, const Dump& dump, const std::vector<DumpGroup>& groups,
                     const std::vector<std::uint32_t>* members) {
  Writer writer(out, dump);
  out << "{\n";
  writer.write_top();
  write_list(out, "groups", groups, [&](const DumpGroup& group) { writer.write(group); });
  if (members != nullptr) {
    out << ",\n";
    write_list(out, "members", *members, [&](std::uint32_t i) { writer.write(dump.members[i]); });
  }
  out << "\n}\n";
}

}  // namespace gosnoop::output
