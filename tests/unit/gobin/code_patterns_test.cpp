// SPDX-License-Identifier: Apache-2.0
// The machine code patterns, on the bytes that real builds have.
#include <gtest/gtest.h>

#include <string_view>

#include "base/file.h"
#include "elf_builder.h"
#include "gobin/build_info.h"
#include "gobin/runtime_globals.h"
#include "gobin/tls.h"
#include "gobin/wait_reasons.h"

namespace gosnoop::gobin {
namespace {

using namespace std::string_view_literals;

Code code(std::string_view bytes) { return {{0x1000}, as_bytes(bytes)}; }

TEST(TlsOffset, AbsoluteStore) {  // mov %r14,%fs:0xfffffffffffffff8
  const auto tls = decode_tls_offset(code("\x90\x64\x4c\x89\x34\x25\xf8\xff\xff\xff"sv));
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->kind, TlsOffset::Kind::kConstant);
  EXPECT_EQ(tls->offset, -8);
}

TEST(TlsOffset, StoreThroughARegister) {  // mov $-0x40,%rcx; mov %r14,%fs:(%rcx)
  const auto tls = decode_tls_offset(code("\x48\xc7\xc1\xc0\xff\xff\xff\x64\x4c\x89\x31"sv));
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->kind, TlsOffset::Kind::kConstant);
  EXPECT_EQ(tls->offset, -64);
}

TEST(TlsOffset, StoreThroughTheGot) {  // mov 0x100(%rip),%rcx; mov %r14,%fs:(%rcx)
  const auto tls = decode_tls_offset(code("\x48\x8b\x0d\x00\x01\x00\x00\x64\x4c\x89\x31"sv));
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->kind, TlsOffset::Kind::kGotSlot);
  EXPECT_EQ(tls->got_slot, LinkAddress{0x1107});
}

TEST(TlsOffset, NothingElseIsTakenForOne) {
  EXPECT_FALSE(decode_tls_offset(code(""sv)));
  EXPECT_FALSE(decode_tls_offset(code("\x64\x4c\x89"sv)));
  // A positive offset, a register loaded by nothing known, another register loaded.
  EXPECT_FALSE(decode_tls_offset(code("\x64\x4c\x89\x34\x25\x08\x00\x00\x00"sv)));
  EXPECT_FALSE(decode_tls_offset(code("\x90\x90\x90\x90\x90\x90\x90\x64\x4c\x89\x31"sv)));
  EXPECT_FALSE(decode_tls_offset(code("\x48\xc7\xc2\xc0\xff\xff\xff\x64\x4c\x89\x31"sv)));
}

// Appends `opcode` (REX.W, opcode, ModRM) with the displacement to `target`.
void rip_relative(std::vector<std::byte>& to, std::string_view opcode, std::uint64_t base,
                  std::uint64_t target) {
  const auto next = base + to.size() + 7;
  ElfBuilder::append(to, opcode);
  ElfBuilder::append(to, static_cast<std::int32_t>(target - next));
}

class Globals : public testing::Test {
 protected:
  static constexpr std::uint64_t kBase = 0x400100;
  static constexpr std::uint64_t kData = ElfBuilder::kDataAddress;

  Globals() : file_(make_file()), image_(*ElfImage::parse(file_)) {}

  RuntimeGlobals find(const std::vector<std::byte>& allgadd,
                      const std::vector<std::byte>& race = {}) {
    return find_runtime_globals(
        image_, {.allgadd = {{kBase}, allgadd}, .for_each_g_race = {{kBase}, race}});
  }
  LinkAddress find_allp(const std::vector<std::byte>& preemptall) {
    return find_runtime_globals(image_, {.preemptall = {{kBase}, preemptall}}).allp;
  }
  LinkAddress find_goidgen(const std::vector<std::byte>& newproc1) {
    return find_runtime_globals(image_, {.newproc1 = {{kBase}, newproc1}}).goidgen;
  }

  static std::vector<std::byte> make_file() {
    ElfBuilder builder;
    builder.data.resize(256);
    return builder.build();
  }

  std::vector<std::byte> file_;
  ElfImage image_;
};

TEST_F(Globals, FindsTheSliceAndTheAtomicStores) {
  std::vector<std::byte> code;
  rip_relative(code, "\x48\x8b\x0d"sv, kBase, kData + 8);   // mov allgs+8,%rcx
  rip_relative(code, "\x48\x39\x0d"sv, kBase, kData + 16);  // cmp %rcx,allgs+16
  rip_relative(code, "\x4c\x8b\x05"sv, kBase, kData);       // mov allgs,%r8
  rip_relative(code, "\x48\x8d\x15"sv, kBase, kData + 64);  // lea allgptr,%rdx
  ElfBuilder::append(code, "\x48\x87\x02"sv);               // xchg %rax,(%rdx)
  rip_relative(code, "\x48\x8d\x15"sv, kBase, kData + 72);  // lea allglen,%rdx
  ElfBuilder::append(code, "\x48\x87\x0a"sv);               // xchg %rcx,(%rdx)
  const auto globals = find(code);
  EXPECT_EQ(globals.allgs, LinkAddress{kData});
  EXPECT_EQ(globals.allgptr, LinkAddress{kData + 64});
  EXPECT_EQ(globals.allglen, LinkAddress{kData + 72});
}

TEST_F(Globals, FallsBackToForEachGRace) {
  std::vector<std::byte> race;
  rip_relative(race, "\x48\x8b\x0d"sv, kBase, kData + 72);
  rip_relative(race, "\x48\x8b\x15"sv, kBase, kData + 64);
  const auto globals = find({}, race);
  EXPECT_EQ(globals.allgs, LinkAddress{});
  EXPECT_EQ(globals.allgptr, LinkAddress{kData + 64});
  EXPECT_EQ(globals.allglen, LinkAddress{kData + 72});
}

TEST_F(Globals, FindsTheSliceThatIsRangedOver) {
  std::vector<std::byte> code;
  rip_relative(code, "\x48\x8b\x15"sv, kBase, kData + 96);  // mov debug.asyncpreemptoff,%rdx
  rip_relative(code, "\x48\x8b\x0d"sv, kBase, kData + 32);  // mov allp,%rcx
  EXPECT_EQ(find_allp(code), LinkAddress{});
  rip_relative(code, "\x48\x8b\x1d"sv, kBase, kData + 40);  // mov allp+8,%rbx
  EXPECT_EQ(find_allp(code), LinkAddress{kData + 32});
}

TEST_F(Globals, FindsTheGoidGeneratorByItsBatchSize) {
  std::vector<std::byte> code;
  rip_relative(code, "\x48\x8d\x05"sv, kBase, kData + 8);  // lea of something else
  EXPECT_EQ(find_goidgen(code), LinkAddress{});
  auto before = code;
  ElfBuilder::append(before, "\x41\xb9\x10\0\0\0"sv);         // mov $0x10,%r9d
  rip_relative(before, "\x4c\x8d\x15"sv, kBase, kData + 48);  // lea sched,%r10
  EXPECT_EQ(find_goidgen(before), LinkAddress{kData + 48});
  auto behind = code;
  rip_relative(behind, "\x48\x8d\x05"sv, kBase, kData + 48);  // lea sched,%rax
  ElfBuilder::append(behind, "\xbb\x10\0\0\0"sv);             // mov $0x10,%ebx
  EXPECT_EQ(find_goidgen(behind), LinkAddress{kData + 48});
}

TEST_F(Globals, TakesNoAddressOutsideTheData) {
  std::vector<std::byte> code;
  for (std::uint64_t at : {0, 8, 16}) rip_relative(code, "\x48\x8b\x0d"sv, kBase, 0x400000 + at);
  EXPECT_EQ(find(code).allgs, LinkAddress{});
}

TEST(WaitReasons, TheTableHasEveryVersionAndIsUsedForNewerOnes) {
  EXPECT_EQ(wait_reasons_from_table(19).size(), 27u);
  EXPECT_EQ(wait_reasons_from_table(24).at(21), "sync.Mutex.Lock");
  EXPECT_EQ(wait_reasons_from_table(27), wait_reasons_from_table(kUnknownMinor));
}

TEST(Layout, KnowsWhichVersionItIsOf) {
  EXPECT_EQ(layout_from_table(24).source, RuntimeLayout::Source::kTable);
  EXPECT_EQ(layout_from_table(24).g.goid, 160);
  EXPECT_EQ(layout_from_table(24).g.syscallbp, 128);
  EXPECT_EQ(layout_from_table(19).g.syscallbp, kNoField);
  EXPECT_EQ(layout_from_table(28).source, RuntimeLayout::Source::kNearestTable);
  EXPECT_EQ(layout_from_table(28).table_minor, 27);
  EXPECT_EQ(layout_from_table(20).table_minor, 19);
}

TEST(BuildInfo, GoMinor) {
  EXPECT_EQ(parse_go_minor("go1.24.4"), 24);
  EXPECT_EQ(parse_go_minor("go1.27"), 27);
  EXPECT_EQ(parse_go_minor("go1.26rc1 X:greenteagc"), 26);
  EXPECT_EQ(parse_go_minor("devel go1.24-abcdef Tue Jan 1"), 24);
  EXPECT_EQ(parse_go_minor("devel +abcdef"), kUnknownMinor);
  EXPECT_EQ(parse_go_minor("go1."), kUnknownMinor);
  EXPECT_EQ(parse_go_minor("go1.99999999999999"), kUnknownMinor);
  EXPECT_EQ(parse_go_minor(""), kUnknownMinor);
}

TEST(BuildInfo, IsFoundWithoutSectionHeaders) {
  ElfBuilder builder;
  builder.data.resize(32);
  ElfBuilder::append(builder.data, "\xff Go buildinf:\x08\x02"sv);
  builder.data.resize(64);
  ElfBuilder::append(builder.data, "\x08go1.24.4"sv);
  ElfBuilder::append(builder.data,
                     "\x29"
                     "0123456789abcdefpath\tm/x\n0123456789abcdef"sv);
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  const auto info = find_build_info(*image);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->go_version, "go1.24.4");
  EXPECT_EQ(info->go_minor, 24);
  EXPECT_EQ(info->module_path, "m/x");
  EXPECT_TRUE(looks_like_go(file));
}

TEST(LooksLikeGo, NotWithoutBuildInfo) {
  ElfBuilder builder;
  builder.data.resize(64);
  EXPECT_FALSE(looks_like_go(builder.build()));
  EXPECT_FALSE(looks_like_go({}));
  EXPECT_FALSE(looks_like_go(as_bytes("#!/bin/sh\n"sv)));
}

TEST(LooksLikeGo, NotThisTest) {
  const auto self = MappedFile::open("/proc/self/exe", FileKind::kProgram);
  ASSERT_TRUE(self);
  EXPECT_FALSE(looks_like_go(self->bytes()));
}

}  // namespace
}  // namespace gosnoop::gobin
