// SPDX-License-Identifier: Apache-2.0
#include "target/host.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "target/proc_text.h"
#include "target/surroundings.h"

namespace gosnoop::target {
namespace {

namespace fs = std::filesystem;

// A folder with the files of /proc and /sys that a test wants.
class HostFiles : public testing::Test {
 protected:
  HostFiles() {
    std::string name = testing::TempDir() + "gosnoop-host-XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  ~HostFiles() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void link(const std::string& path, const std::string& to) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    fs::create_symlink(to, root_ + path);
  }
  Host host() const { return read_host(root_); }

 private:
  std::string root_;
};

TEST_F(HostFiles, OfAContainer) {
  write("/proc/self/status", "Name:\tgosnoop\nSeccomp:\t2\nCapEff:\t00000000a80425fb\n");
  link("/proc/self/ns/pid", "pid:[4026532201]");
  link("/proc/self/ns/user", "user:[4026531837]");
  write("/proc/sys/kernel/yama/ptrace_scope", "1\n");
  write("/proc/sys/kernel/perf_event_paranoid", "3\n");
  auto host = this->host();
  EXPECT_TRUE(host.own_pid_namespace);
  EXPECT_FALSE(host.own_user_namespace);
  EXPECT_TRUE(host.seccomp_filter);
  EXPECT_FALSE(host.tracefs);
  EXPECT_EQ(host.ptrace_scope, 1);
  EXPECT_EQ(host.perf_event_paranoid, 3);
  EXPECT_TRUE(host.has(CAP_CHOWN));
  EXPECT_FALSE(host.reads_any_memory());
  EXPECT_EQ(host.missing_for_probes(), (std::vector<std::string>{"CAP_BPF", "CAP_PERFMON"}));
}

TEST_F(HostFiles, OfRootOnTheMachine) {
  write("/proc/self/status", "Seccomp:\t0\nCapEff:\t000001ffffffffff\n");
  link("/proc/self/ns/pid", "pid:[4026531836]");
  auto host = this->host();
  EXPECT_FALSE(host.own_pid_namespace);
  EXPECT_TRUE(host.missing_for_probes().empty());
  EXPECT_TRUE(host.reads_any_memory());
  EXPECT_FALSE(host.ptrace_scope) << "no Yama";
}

TEST_F(HostFiles, SysAdminIncludesBpfAndPerfmon) {
  write("/proc/self/status", "CapEff:\t0000000000200000\n");
  EXPECT_TRUE(host().missing_for_probes().empty());
}

TEST_F(HostFiles, NothingToRead) {
  auto host = this->host();
  EXPECT_EQ(host.capabilities, 0u);
  EXPECT_FALSE(host.own_pid_namespace);
  EXPECT_FALSE(host.perf_event_paranoid);
}

TEST(StatusField, IsFoundByItsWholeName) {
  EXPECT_EQ(status_field("CapEffX:\t1\nCapEff:\t 2 \n", "CapEff"), "2");
  EXPECT_EQ(status_field("State:\tt (tracing stop)", "State"), "t (tracing stop)");
  EXPECT_EQ(status_field("Name:\n", "Name"), "");
  EXPECT_EQ(status_field("", "Name"), "");
}

TEST(Surroundings, OfThisTest) {
  auto process = Process::open(::getpid());
  ASSERT_TRUE(process) << process.error().message;
  auto around = read_surroundings(*process);
  EXPECT_EQ(around.executable, Surroundings::OnDisk::kSame);
  EXPECT_FALSE(around.other_pid_namespace);
  EXPECT_FALSE(around.stopped);
}

}  // namespace
}  // namespace gosnoop::target
