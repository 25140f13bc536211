// SPDX-License-Identifier: Apache-2.0
#include "cli/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/file.h"
#include "cli/capture.h"
#include "cli/halt.h"
#include "gobin/build_info.h"
#include "output/header_text.h"
#include "target/container.h"

namespace gosnoop::cli {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Clock = SnapshotCapture::Clock;

// Looking through /proc costs some µs a process.
constexpr seconds kFindMost{15};
constexpr seconds kFindLeast{1};
// As cli/capture.cpp drains.
constexpr std::chrono::milliseconds kDrainInterval{20};
// libstdc++'s matcher calls itself for each character.
constexpr std::size_t kMatchedText = 4096;

Clock::duration find_interval(const FleetOptions& options) {
  return std::clamp<Clock::duration>(nanoseconds(options.live.interval_ns), kFindLeast, kFindMost);
}

bool matches(std::string text, const std::regex& wanted) {
  text.resize(std::min(text.size(), kMatchedText));
  return std::regex_search(text, wanted);
}

std::string command_line(pid_t pid) {
  auto words = read_text_file(fmt::format("/proc/{}/cmdline", pid)).value_or("");
  if (words.ends_with('\0')) words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

// It may have ended, or be about to become another program.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNoSuchProcess || code == ErrorCode::kTargetMismatch;
}

std::string with_hint(const Error& error) {
  return error.hint.empty() ? error.message : error.message + "; " + error.hint;
}

const char* end_text(event::EndReason reason) {
  return reason == event::EndReason::kTargetExeced ? "runs another program now" : "has ended";
}

}  // namespace

// --- one of them ---------------------------------------------------------------------------------

Watched::Watched(LiveTarget target, const LiveOptions& options, const FleetOptions& fleet)
    : target_(std::move(target)),
      options_(options),
      container_(target::container_of(target_.process.pid())),
      pipeline_(fleet.analysis),
      half_window_(nanoseconds(fleet.window_ns / 2)),
      next_window_(Clock::now() + half_window_) {}

Watched::~Watched() = default;

Result<std::unique_ptr<Watched>> Watched::begin(LiveTarget target, const LiveOptions& options,
                                                const FleetOptions& fleet) {
  std::unique_ptr<Watched> watched(new Watched(std::move(target), options, fleet));
  TRY(watched->attach());
  TRY(watched->capture_->start());
  return watched;
}

Result<void> Watched::attach() {
  if (!options_.probes) {
    TRY_ASSIGN(capture_, open_snapshot_capture(target_, options_, sink_));
    return {};
  }
  TRY_ASSIGN(auto plan, plan_probes(target_, options_.purpose));
  TRY_ASSIGN(capture_, open_capture(target_, plan, options_, sink_));
  return {};
}

Clock::time_point Watched::next() const {
  if (options_.probes) return Clock::now() + kDrainInterval;
  return std::min(capture_->next_snapshot(), next_window_);
}

Result<event::EndReason> Watched::look() {
  auto now = Clock::now();
  bool alive = target_.process.same_program();
  if (alive && now >= next_window_) {
    next_window_ = now + half_window_;
    TRY(capture_->start_again());
  }
  return capture_->look();
}

// --- all of them ---------------------------------------------------------------------------------

Result<Fleet> Fleet::open(FleetOptions options) {
  Fleet fleet(std::move(options));
  if (fleet.options_.pid) {
    TRY(fleet.add(*fleet.options_.pid));
  } else {
    TRY(fleet.find());
  }
  return fleet;
}

Result<void> Fleet::work() {
  if (!options_.pid && Clock::now() >= next_find_) TRY(find());
  look_after_all();
  return {};
}

Clock::time_point Fleet::next() const {
  auto next = options_.pid ? Clock::now() + kFindMost : next_find_;
  for (const auto& watched : watched_) next = std::min(next, watched->next());
  return next;
}

Result<void> Fleet::find() {
  TRY_ASSIGN(auto processes, target::find_processes());
  forget_gone(processes.found);
  for (const auto& process : processes.found) consider(process);
  count(processes.hidden);
  next_find_ = Clock::now() + find_interval(options_);
  return {};
}

void Fleet::consider(const target::FoundProcess& found) {
  if (is_known(found) || !is_go(found) || !is_wanted(found.pid)) return;
  auto added = add(found.pid);
  if (!added && !may_pass(added.error().code)) refuse(found, added.error());
}

bool Fleet::is_known(const target::FoundProcess& found) const {
  auto refused = refused_.find(found.pid);
  if (refused != refused_.end() && refused->second.executable == found.executable) return true;
  return std::any_of(watched_.begin(), watched_.end(),
                     [&](const auto& watched) { return watched->pid() == found.pid; });
}

bool Fleet::is_go(const target::FoundProcess& found) {
  auto [entry, added] = go_files_.try_emplace(found.executable, false);
  if (!added) return entry->second;
  auto file = MappedFile::open(fmt::format("/proc/{}/exe", found.pid), FileKind::kProgram);
  if (file) {
    entry->second = gobin::looks_like_go(file->bytes());
  } else {
    go_files_.erase(entry);  // it has ended, most likely
    return false;
  }
  return entry->second;
}

bool Fleet::is_wanted(pid_t pid) const {
  if (!options_.match) return true;
  if (matches(command_line(pid), *options_.match)) return true;
  auto process = target::Process::open(pid);
  return process && matches(process->exe(), *options_.match);
}

// One that cannot be probed can be watched all the same.
Result<std::unique_ptr<Watched>> Fleet::begin(pid_t pid) {
  TRY_ASSIGN(auto target, open_quietly(pid));
  auto watched = Watched::begin(std::move(target), options_.live, options_);
  if (watched || !options_.live.probes || options_.pid) return watched;
  if (may_pass(watched.error().code)) return watched;
  options_.say(
      fmt::format("pid {} is watched without probes: {}", pid, with_hint(watched.error())));
  return begin_without_probes(pid);
}

Result<std::unique_ptr<Watched>> Fleet::begin_without_probes(pid_t pid) {
  TRY_ASSIGN(auto target, open_quietly(pid));
  LiveOptions options = options_.live;
  options.probes = false;
  return Watched::begin(std::move(target), options, options_);
}

Result<void> Fleet::add(pid_t pid) {
  TRY_ASSIGN(auto watched, begin(pid));
  const auto& target = watched->target();
  auto what = fmt::format("pid {} ({}, {})", pid, target.process.exe(), target.binary.go_version());
  auto place = std::upper_bound(watched_.begin(), watched_.end(), pid,
                                [](pid_t a, const auto& b) { return a < b->pid(); });
  watched->serial_ = ++counts_.begun;
  watched_.insert(place, std::move(watched));
  options_.say("watching " + what);
  if (const auto note = halt_note(target.process); !note.empty()) options_.say(note);
  return {};
}

void Fleet::refuse(const target::FoundProcess& found, const Error& error) {
  refused_[found.pid] = {found.executable, error.code};
  options_.say(fmt::format("pid {} cannot be watched: {}", found.pid, with_hint(error)));
}

// Of what is no more: an inode may be another file next, and a pid another process.
void Fleet::forget_gone(const std::vector<target::FoundProcess>& found) {
  std::map<pid_t, target::FileId> now;
  std::set<target::FileId> files;
  for (const auto& process : found) {
    now[process.pid] = process.executable;
    files.insert(process.executable);
  }
  std::erase_if(go_files_, [&](const auto& entry) { return !files.contains(entry.first); });
  std::erase_if(refused_, [&](const auto& entry) {
    auto it = now.find(entry.first);
    return it == now.end() || it->second != entry.second.executable;
  });
}

void Fleet::count(const std::vector<target::HiddenProcess>& hidden) {
  auto wanted = [this](const auto& process) {
    return !options_.match || matches(process.program, *options_.match);
  };
  auto before = counts_.hidden;
  counts_.hidden = static_cast<std::uint64_t>(std::count_if(hidden.begin(), hidden.end(), wanted));
  counts_.refused.clear();
  for (const auto& [pid, refused] : refused_) ++counts_.refused[refused.why];
  if (counts_.hidden > before) {
    options_.say(fmt::format(
        "without rights to look at them it cannot be told whether {} processes are Go's: run it as "
        "root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
        counts_.hidden));
  }
}

void Fleet::look_after_all() {
  for (auto& watched : watched_) {
    if (!goes_on(watched)) watched.reset();
  }
  counts_.ended += std::erase(watched_, nullptr);
}

// What is exact ends here: it is watched anew.
Result<event::EndReason> Fleet::take_probes_off(std::unique_ptr<Watched>& watched) {
  TRY_ASSIGN(auto anew, begin_without_probes(watched->pid()));
  anew->serial_ = watched->serial_;
  watched = std::move(anew);
  options_.say(fmt::format("pid {} is watched without probes from now on: {}", watched->pid(),
                           output::end_text(event::EndReason::kTooCostly)));
  return event::EndReason::kComplete;
}

// A process that ends while it is read gives an error of reading.
bool Fleet::goes_on(std::unique_ptr<Watched>& watched) {
  auto reason = watched->look();
  if (reason && *reason == event::EndReason::kTooCostly) reason = take_probes_off(watched);
  if (reason && *reason == event::EndReason::kComplete) return true;
  const pid_t pid = watched->pid();
  if (reason) {
    options_.say(fmt::format("pid {} {}", pid, end_text(*reason)));
  } else if (!watched->target().process.alive()) {
    options_.say(fmt::format("pid {} has ended", pid));
  } else {
    options_.say(fmt::format("pid {} is watched no more: {}", pid, with_hint(reason.error())));
  }
  return false;
}

}  // namespace gosnoop::cli
