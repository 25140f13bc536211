// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbolizer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <string>

#include "base/file.h"

namespace gosnoop::symbol {
namespace {

constexpr std::uint64_t kBias = 0x10000000;

struct Collector final : event::RecordSink {
  std::vector<std::vector<std::byte>> records;

  Result<void> on_record(Bytes record) override {
    records.emplace_back(record.begin(), record.end());
    return {};
  }
  event::Event at(std::size_t i) const { return *event::decode(records.at(i)); }
  event::Symbol symbol(std::size_t i) const { return std::get<event::Symbol>(at(i)); }
};

// A stripped Go program, as the build script gives it; none without a Go toolchain.
std::optional<MappedFile> go_program() {
  const char* command = GOSNOOP_SOURCE_DIR "/scripts/build-program 1.24 stripped hello";
  FILE* pipe = ::popen(command, "r");
  if (pipe == nullptr) return std::nullopt;
  char line[4096] = "";
  bool read = std::fgets(line, sizeof(line), pipe) != nullptr;
  if (::pclose(pipe) != 0 || !read) return std::nullopt;
  std::string path = line;
  auto file = MappedFile::open(path.substr(0, path.find('\n')), FileKind::kProgram);
  return file ? std::optional(std::move(*file)) : std::nullopt;
}

class SymbolizerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    file_ = go_program();
    if (!file_) return;
    auto parsed = gobin::GoBinary::parse(file_->bytes());
    if (parsed) binary_.emplace(std::move(*parsed));
  }
  static void TearDownTestSuite() {
    binary_.reset();
    file_.reset();
  }
  void SetUp() override {
    if (!binary_) GTEST_SKIP() << "no Go toolchain";
    symbolizer_.emplace(*binary_, kBias, sink_);
  }
  std::uint64_t entry(std::string_view name) const {
    return binary_->find_function(name)->entry.value + kBias;
  }
  void send(const event::Event& event) {
    ASSERT_TRUE(symbolizer_->on_record(event::encode(event)));
  }

  static std::optional<MappedFile> file_;
  static std::optional<gobin::GoBinary> binary_;
  Collector sink_;
  std::optional<Symbolizer> symbolizer_;
};

std::optional<MappedFile> SymbolizerTest::file_;
std::optional<gobin::GoBinary> SymbolizerTest::binary_;

TEST_F(SymbolizerTest, NamesAddressesBeforeTheRecordThatHasThem) {
  event::GoCreate create{.time = 1, .start_pc = entry("main.main"), .go_pc = entry("runtime.main")};
  send(create);
  ASSERT_EQ(sink_.records.size(), 3u);
  EXPECT_EQ(sink_.symbol(0).pc, create.start_pc);
  EXPECT_EQ(sink_.symbol(0).lines.back().function, "main.main");
  EXPECT_EQ(sink_.symbol(1).lines.back().function, "runtime.main");
  EXPECT_EQ(sink_.records[2], event::encode(create));
}

TEST_F(SymbolizerTest, NamesAnAddressOnce) {
  event::Stack stack{1, false, {entry("main.main"), entry("runtime.main")}};
  send(stack);
  send(stack);
  EXPECT_EQ(sink_.records.size(), 4u);
  send(event::GoState{.start_pc = entry("main.main"), .go_pc = entry("runtime.main")});
  EXPECT_EQ(sink_.records.size(), 5u);
}

TEST_F(SymbolizerTest, TakesTheLineOfTheCallNotOfTheReturn) {
  auto function = *binary_->find_function("main.main");
  // An address whose own line differs from that of the byte before.
  for (auto pc = function.entry + 1; pc < function.end; pc = pc + 1) {
    auto here = binary_->lines_at(pc);
    auto before = binary_->lines_at(pc - 1);
    if (here.empty() || before.empty() || here[0].line == before[0].line) continue;
    send(event::Stack{1, false, {pc.value + kBias}});
    EXPECT_EQ(static_cast<int>(sink_.symbol(0).lines.at(0).line), before[0].line);
    return;
  }
  FAIL() << "main.main has one line only";
}

TEST_F(SymbolizerTest, TheEntryOfAFunctionIsThatFunction) {
  send(event::Stack{1, false, {entry("runtime.goexit")}});
  EXPECT_EQ(sink_.symbol(0).lines.back().function, "runtime.goexit");
}

TEST_F(SymbolizerTest, AnAddressOutsideTheTextHasNoLines) {
  send(event::Stack{1, false, {0x10, 0}});
  ASSERT_EQ(sink_.records.size(), 2u);  // nothing for 0, which is no address
  EXPECT_EQ(sink_.symbol(0).pc, 0x10u);
  EXPECT_TRUE(sink_.symbol(0).lines.empty());
}

TEST_F(SymbolizerTest, PassesOnWhatItDoesNotUnderstand) {
  std::vector<std::byte> odd(24, std::byte{4});
  ASSERT_TRUE(symbolizer_->on_record(odd));
  ASSERT_TRUE(symbolizer_->on_record({}));
  send(event::GoBlock{.stack = 5});
  EXPECT_EQ(sink_.records.size(), 3u);
}

}  // namespace
}  // namespace gosnoop::symbol
