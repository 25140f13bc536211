// SPDX-License-Identifier: Apache-2.0
#include "target/container.h"

#include <fmt/format.h>

#include "base/file.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

constexpr std::size_t kDigits = 64, kShown = 12;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Does an engine's helper live in this cgroup, beside the container?
bool is_monitor(std::string_view path, std::size_t id_at) {
  return path.substr(0, id_at).ends_with("conmon-");
}

// The last word of exactly 64 hex digits: a container in a container has the cgroup below.
std::string last_id(std::string_view path) {
  std::string id;
  for (std::size_t begin = 0; begin < path.size();) {
    std::size_t end = begin;
    while (end < path.size() && is_hex(path[end])) ++end;
    if (end - begin == kDigits && !is_monitor(path, begin)) id = path.substr(begin, kShown);
    begin = end + 1;
  }
  return id;
}

// Between `before` and `after` at the end of the text.
std::string id_between(std::string_view text, std::string_view before, std::string_view after) {
  if (!text.ends_with(after)) return {};
  text.remove_suffix(after.size());
  if (text.size() < before.size() + kDigits) return {};
  auto folder = text.substr(0, text.size() - kDigits);
  return folder.ends_with(before) ? last_id(text.substr(folder.size())) : std::string();
}

}  // namespace

// Container engines name the cgroup of a container by its id: docker-ID.scope, libpod-ID.scope,
// cri-containerd-ID.scope, crio-ID.scope; without systemd /docker/ID, /kubepods/…/ID.
std::string container_in_cgroup(std::string_view cgroup) {
  while (!cgroup.empty()) {
    if (auto id = last_id(take_line(cgroup)); !id.empty()) return id;
  }
  return {};
}

// proc_pid_mountinfo(5): field 4 is the path in the mounted file system, field 5 where it is.
std::string container_in_mounts(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    auto line = take_line(mountinfo);
    auto from = word(line, 4), at = word(line, 5);
    std::string id;
    if (at == "/etc/hostname") id = id_between(from, "/containers/", "/hostname");
    if (at == "/run/.containerenv") {
      id = id_between(from, "/overlay-containers/", "/userdata/.containerenv");
    }
    if (!id.empty()) return id;
  }
  return {};
}

// In a cgroup namespace, as version 2 has one for each container, the path seen from within is "/".
std::string container_of(pid_t pid) {
  auto folder = fmt::format("/proc/{}", pid);
  auto id = container_in_cgroup(read_text_file(folder + "/cgroup").value_or(""));
  if (!id.empty()) return id;
  return container_in_mounts(read_text_file(folder + "/mountinfo").value_or(""));
}

}  // namespace gosnoop::target
