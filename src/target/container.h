// SPDX-License-Identifier: Apache-2.0
// Which container a process runs in, from what the kernel says of its cgroup and its mounts.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace gosnoop::target {

// The id of a process's container, its first 12 digits as `docker ps`, `podman ps` and `crictl ps`
// show them; "" where none is seen.
std::string container_of(pid_t pid);

// The id in a /proc/PID/cgroup: that of the innermost container; "" for none.
std::string container_in_cgroup(std::string_view cgroup);

// The id in a /proc/PID/mountinfo, by the files that Docker and Podman mount into each container.
// Those of Kubernetes come from the pod, whose id is another; they give "".
std::string container_in_mounts(std::string_view mountinfo);

}  // namespace gosnoop::target
