// SPDX-License-Identifier: Apache-2.0
#include "target/container.h"

#include <gtest/gtest.h>

namespace gosnoop::target {
namespace {

constexpr std::string_view kId = "3f4e5d6c7b8a9012a1b2c3d4e5f60718293a4b5c6d7e8f901234567890abcdef";
constexpr std::string_view kOther =
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567890abcdef3f4e5d6c7b8a901";
constexpr std::string_view kShort = "3f4e5d6c7b8a";

// The line with kId for ID and kOther for OTHER.
std::string line(std::string text) {
  for (auto [name, id] : {std::pair("OTHER", kOther), std::pair("ID", kId)}) {
    auto at = text.find(name);
    if (at != text.npos) text.replace(at, std::string_view(name).size(), id);
  }
  return text + "\n";
}

TEST(ContainerInCgroup, OfEachEngine) {
  for (const char* text : {
           "0::/system.slice/docker-ID.scope",
           "0::/docker/ID",
           "12:memory:/docker/ID",
           "0::/kubepods.slice/kubepods-burstable.slice/"
           "kubepods-burstable-podd4e8a1b2_11aa_4c5d_9e8f_0123456789ab.slice/"
           "cri-containerd-ID.scope",
           "5:cpu,cpuacct:/kubepods/besteffort/podd4e8a1b2-11aa-4c5d-9e8f-0123456789ab/ID",
           "0::/kubepods.slice/kubepods-pod1.slice/crio-ID.scope",
           "0::/kubepods.slice/kubepods-pod1.slice/crio-ID.scope/container",
           "0::/machine.slice/libpod-ID.scope/container",
           "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope",
           "0::/system.slice/docker-ID.scope/init.scope",
           "0::/../ID",
       }) {
    EXPECT_EQ(container_in_cgroup(line(text)), kShort) << text;
  }
}

TEST(ContainerInCgroup, OfTheInnermost) {
  EXPECT_EQ(container_in_cgroup(
                line("0::/docker/OTHER/kubelet/kubepods/podd4e8a1b2/cri-containerd-ID.scope")),
            kShort);
}

TEST(ContainerInCgroup, OfTheFirstHierarchyThatSays) {
  EXPECT_EQ(container_in_cgroup("13:rdma:/\n12:pids:/user.slice\n" + line("11:cpuset:/docker/ID") +
                                line("0::/docker/OTHER")),
            kShort);
}

TEST(ContainerInCgroup, NoneOutsideOfOne) {
  for (const char* text :
       {"0::/", "0::/init.scope", "0::/user.slice/user-1000.slice/session-1.scope",
        "0::/system.slice/containerd.service", "", "0::/machine.slice/libpod-conmon-ID.scope",
        "0::/lxc.payload.web/system.slice/nginx.service"}) {
    EXPECT_EQ(container_in_cgroup(line(text)), "") << text;
  }
}

TEST(ContainerInCgroup, NotOfAnotherLength) {
  EXPECT_EQ(container_in_cgroup("0::/" + std::string(kId.substr(1))), "");
  EXPECT_EQ(container_in_cgroup("0::/a" + std::string(kId)), "");
  EXPECT_EQ(container_in_cgroup("0::/" + std::string(kId)), kShort) << "without a line's end";
}

TEST(ContainerInMounts, OfDockerAndPodman) {
  EXPECT_EQ(container_in_mounts(
                "1017 1016 0:27 / /proc rw,nosuid - proc proc rw\n" +
                line("1034 1016 254:1 /var/lib/docker/containers/ID/hostname /etc/hostname "
                     "rw,relatime - ext4 /dev/vda1 rw")),
            kShort);
  EXPECT_EQ(container_in_mounts(line(
                "719 698 0:25 /containers/storage/overlay-containers/ID/userdata/.containerenv "
                "/run/.containerenv rw,nosuid,nodev - tmpfs tmpfs rw,size=1626012k")),
            kShort);
}

TEST(ContainerInMounts, NotOfWhatAHostMounts) {
  EXPECT_EQ(
      container_in_mounts(line("512 29 0:60 / /var/lib/docker/overlay2/ID/merged rw - overlay "
                               "overlay rw,lowerdir=/l/A")),
      "");
  EXPECT_EQ(container_in_mounts(line("88 29 254:1 /etc/hostname /etc/hostname rw - ext4 d rw")),
            "");
  EXPECT_EQ(container_in_mounts(
                line("1034 1016 254:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/ID/"
                     "hostname /etc/hostname rw - ext4 /dev/vda1 rw")),
            "")
      << "that is the pod's";
  EXPECT_EQ(container_in_mounts("1 2\n\n"), "");
}

}  // namespace
}  // namespace gosnoop::target
