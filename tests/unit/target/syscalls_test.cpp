// SPDX-License-Identifier: Apache-2.0
#include "target/syscalls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/target/fake_proc.h"

namespace gosnoop::target {
namespace {

TEST(ParseCall, TakesNumberArgumentsAndStackPointer) {
  auto call = parse_call("0 0x7 0xc000010000 0x1000 0x4 0x5 0x6 0xc00009ee10 0x48a3ce\n");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->number, 0);
  EXPECT_EQ(call->arguments, (std::array<std::uint64_t, 6>{7, 0xc000010000, 0x1000, 4, 5, 6}));
  EXPECT_EQ(call->sp, 0xc00009ee10u);
}

TEST(ParseCall, OfAThreadInNone) {
  for (auto* text : {"running\n", "-1 0x7ffc00 0x401000\n", "", "0 0x7", "x"}) {
    EXPECT_FALSE(parse_call(text)) << text;
  }
}

TEST(CurrentCall, OfAChildThatWaits) {
  pid_t child = ::fork();
  while (child == 0) ::pause();
  std::optional<Call> call;
  for (int i = 0; i < 500 && !(call && call->number == SYS_pause); ++i) {
    ::usleep(10'000);
    call = current_call(child, child);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->number, SYS_pause);
  EXPECT_FALSE(current_call(child, child));
}

constexpr const char* kHead =
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
    "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n";

class CallWriterTest : public testing::Test {
 protected:
  CallWriterTest() {
    format("read", {"unsigned int fd", "char * buf", "size_t count"});
    format("openat", {"int dfd", "const char * filename", "int flags", "umode_t mode",
                      "__data_loc char[] __filename_val"});
    format("newfstat", {"unsigned int fd", "struct stat * statbuf"});
    format("pipe2", {"int * fildes", "int flags"});
    format("pause", {});
    proc_.link("42/fd/7", "/var/log/x");
    proc_.link("42/fd/8", "socket:[102]");
    proc_.link("42/fd/9", "socket:[103]");
    proc_.file("42/net/tcp",
               " 1: 0100007F:1F90 0201A8C0:D2F1 01 0:0 0:0 0 0 0 102\n"
               " 2: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 103\n");
    sockets_.emplace(Sockets::read(42, proc_.root()));
  }

  void format(const std::string& name, const std::vector<std::string>& arguments) const {
    std::string text = "name: sys_enter_" + name + "\nID: 842\nformat:\n" + kHead;
    for (const auto& argument : arguments) {
      text += "\tfield:" + argument + ";\toffset:16;\tsize:8;\tsigned:0;\n";
    }
    proc_.file("events/syscalls/sys_enter_" + name + "/format", text + "\nprint fmt: \"fd: 0\"\n");
  }

  std::string write(int number, std::array<std::uint64_t, 6> arguments) {
    return CallWriter(*sockets_, proc_.root()).write({number, arguments, 0});
  }

  FakeProc proc_;
  std::optional<Sockets> sockets_;
};

TEST_F(CallWriterTest, NamesArguments) {
  EXPECT_EQ(write(SYS_read, {7, 0xc000010000, 4096}),
            "read(fd=7 </var/log/x>, buf=0xc000010000, count=4096)");
  EXPECT_EQ(write(SYS_pause, {1, 2, 3}), "pause()");
}

TEST_F(CallWriterTest, ShowsBothEndsOfASocket) {
  EXPECT_EQ(write(SYS_read, {8, 0, 1}),
            "read(fd=8 <tcp 127.0.0.1:8080->192.168.1.2:54001>, buf=0x0, count=1)");
  EXPECT_EQ(write(SYS_read, {9, 0, 1}), "read(fd=9 <tcp 127.0.0.1:8080>, buf=0x0, count=1)");
}

TEST_F(CallWriterTest, ADescriptorThatIsNotOpenIsANumber) {
  EXPECT_EQ(write(SYS_read, {55, 0, 1}), "read(fd=55, buf=0x0, count=1)");
  EXPECT_EQ(write(SYS_read, {0xffffffff, 0, 1}), "read(fd=-1, buf=0x0, count=1)");
}

TEST_F(CallWriterTest, OfIntegersAndDirectories) {
  EXPECT_EQ(
      write(SYS_openat, {static_cast<std::uint32_t>(AT_FDCWD), 0x5000, O_WRONLY | O_CREAT, 0644}),
      "openat(dfd=AT_FDCWD, filename=0x5000, flags=O_WRONLY|O_CREAT, mode=0644)");
}

TEST_F(CallWriterTest, OfPaths) {
  Call call{SYS_openat, {7, 0x5000, O_RDONLY}, 0};
  call.paths[1] = quoted("/tmp/a b\"\n\\\x01\xc3\xa4");
  EXPECT_EQ(CallWriter(*sockets_, proc_.root()).write(call),
            "openat(dfd=7 </var/log/x>, filename=\"/tmp/a b\\\"\\n\\\\\\001\\303\\244\", "
            "flags=O_RDONLY, mode=0)");
}

TEST_F(CallWriterTest, APointerToDescriptorsIsNone) {
  EXPECT_EQ(write(SYS_pipe2, {7, 0xffffffff}), "pipe2(fildes=0x7, flags=-1)");
}

TEST_F(CallWriterTest, KnowsTheKernelsOtherNames) {
  EXPECT_EQ(write(SYS_fstat, {7, 0x10}), "fstat(fd=7 </var/log/x>, statbuf=0x10)");
}

TEST_F(CallWriterTest, WithoutFormatsAllSixAreWritten) {
  EXPECT_EQ(write(SYS_futex, {0x10, 1, 2, 3, 4, 5}), "futex(0x10, 0x1, 0x2, 0x3, 0x4, 0x5)");
  EXPECT_EQ(write(100'000, {}), "syscall_100000(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)");
}

}  // namespace
}  // namespace gosnoop::target
