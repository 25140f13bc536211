// SPDX-License-Identifier: Apache-2.0
#include "event/wire.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "event/contract.h"
#include "tests/unit/event/samples.h"

namespace gosnoop::event {
namespace {

using Record = std::vector<std::byte>;

void set_size(Record& record, std::uint32_t size) {
  std::memcpy(record.data() + offsetof(wire::wire_header, size), &size, sizeof(size));
}

template <typename T>
void poke(Record& record, std::size_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof(value));
}

TEST(Wire, EveryKindSurvivesTheRoundTrip) {
  for (const Event& event : samples()) {
    Record record = encode(event);
    EXPECT_EQ(record.size() % 8, 0u);
    EXPECT_EQ(record_size(record), record.size());
    auto decoded = decode(record);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->index(), event.index());
    EXPECT_EQ(encode(*decoded), record);
  }
}

TEST(Wire, SamplesCoverAllKinds) {
  std::vector<bool> seen(std::variant_size_v<Event>);
  for (const Event& event : samples()) seen[event.index()] = true;
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_TRUE(seen[i]) << "alternative " << i;
}

TEST(Wire, FieldsKeepTheirMeaning) {
  auto block = std::get<GoBlock>(*decode(encode(samples()[1])));
  EXPECT_EQ(block.time, 11u);
  EXPECT_EQ(block.goid, 12u);
  EXPECT_EQ(block.duration_ns, 13u);
  EXPECT_EQ(block.stack, 14u);
  EXPECT_EQ(block.object, 15u);
  EXPECT_EQ(block.waker, Waker::kTimer);
  EXPECT_EQ(block.waker_goid, 16u);
  EXPECT_EQ(block.waker_stack, 17u);
  EXPECT_EQ(block.reason, 18u);
  auto state = std::get<GoState>(*decode(encode(samples()[11])));
  EXPECT_EQ(state.since, 77u);
  EXPECT_EQ(state.status, GoStatus::kWaiting);
  EXPECT_TRUE(state.system);
  auto symbol = std::get<Symbol>(*decode(encode(samples()[8])));
  ASSERT_EQ(symbol.lines.size(), 2u);
  EXPECT_EQ(symbol.lines[0].file, "/src/main.go");
  EXPECT_EQ(symbol.lines[1].line, 70000u);
  auto target = std::get<Target>(*decode(encode(samples()[5])));
  EXPECT_EQ(target.exe, "/usr/bin/server \"quoted\"");
  EXPECT_EQ(target.wait_reasons[2], "select");
}

TEST(Wire, AnyTruncationIsAnError) {
  for (const Event& event : samples()) {
    Record record = encode(event);
    for (std::size_t size = 0; size < record.size(); ++size) {
      EXPECT_FALSE(decode(Bytes(record).first(size)));
    }
  }
}

// As above, but with a header that says the shorter size: the body's own counts must be checked.
TEST(Wire, AShorterRecordIsNeverReadBeyondItsEnd) {
  for (const Event& event : samples()) {
    Record record = encode(event);
    for (std::size_t size = 16; size < record.size(); size += 8) {
      Record cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
      set_size(cut, static_cast<std::uint32_t>(size));
      auto decoded = decode(cut);
      EXPECT_TRUE(decoded || decoded.error().code == ErrorCode::kBadRecording);
    }
  }
}

TEST(Wire, RandomBytesNeverHurt) {
  std::mt19937_64 random(1);
  std::vector<Record> records;
  for (const Event& event : samples()) records.push_back(encode(event));
  for (int round = 0; round < 200'000; ++round) {
    Record record = records[random() % records.size()];
    for (auto changes = random() % 4 + 1; changes > 0; --changes) {
      record[random() % record.size()] = static_cast<std::byte>(random());
    }
    auto decoded = decode(record);
    EXPECT_TRUE(!decoded || decode(encode(*decoded)));
  }
}

TEST(Wire, RandomRecordsNeverHurt) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 100'000; ++round) {
    Record record(16 + random() % 16 * 8);
    for (auto& byte : record) byte = static_cast<std::byte>(random());
    set_size(record, static_cast<std::uint32_t>(record.size()));
    poke(record, 0, static_cast<std::uint16_t>(random() % 26));
    (void)decode(record);
  }
}

TEST(Wire, CountsThatLie) {
  Record stack = encode(Stack{1, false, {1, 2}});
  poke(stack, offsetof(wire::wire_stack, count), 3u);
  EXPECT_FALSE(decode(stack));
  poke(stack, offsetof(wire::wire_stack, count), ~0u);
  EXPECT_FALSE(decode(stack));
  // Room for more frames than there are is fine: the kernel reserves a fixed size.
  poke(stack, offsetof(wire::wire_stack, count), 1u);
  EXPECT_EQ(std::get<Stack>(*decode(stack)).frames.size(), 1u);
  Record symbol = encode(Symbol{1, {{"f", "g", 1}}});
  poke(symbol, offsetof(wire::wire_symbol, count), ~0u);
  EXPECT_FALSE(decode(symbol));
}

TEST(Wire, ImpossibleValues) {
  Record end = encode(WindowEnd{1, EndReason::kComplete});
  poke(end, offsetof(wire::wire_window_end, reason), 4u);
  EXPECT_FALSE(decode(end));
  Record loss = encode(Loss{});
  poke(loss, offsetof(wire::wire_loss, what), std::uint64_t{wire::LOSS_KINDS});
  EXPECT_FALSE(decode(loss));
  Record call = encode(Syscall{});
  poke(call, offsetof(wire::wire_syscall, origin), std::uint16_t{3});
  EXPECT_FALSE(decode(call));
  Record totals = encode(BlockTotals{});
  poke(totals, offsetof(wire::wire_block_totals, reason), std::uint64_t{256});
  EXPECT_FALSE(decode(totals));
  Record block = encode(GoBlock{});
  poke(block, offsetof(wire::wire_go_block, waker), std::uint8_t{99});
  EXPECT_EQ(std::get<GoBlock>(*decode(block)).waker, Waker::kUnknown);
}

TEST(Wire, SizesOfRecords) {
  Record record = encode(GoExit{1, 2});
  EXPECT_EQ(record_size(Bytes(record).first(15)), std::nullopt);
  EXPECT_EQ(record_size(Bytes(record).first(16)), 24u);
  for (std::uint32_t size : {0u, 8u, 15u, 25u, (1u << 20) + 8u, ~0u}) {
    set_size(record, size);
    EXPECT_EQ(record_size(record), std::nullopt) << size;
    EXPECT_FALSE(decode(record));
  }
}

TEST(Wire, UnknownKindIsAnError) {
  Record record = encode(GoExit{1, 2});
  poke(record, 0, std::uint16_t{99});
  auto decoded = decode(record);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::kBadRecording);
  EXPECT_FALSE(decoded.error().hint.empty());
}

TEST(Wire, WhichKindsNameAddresses) {
  EXPECT_TRUE(names_addresses(encode(GoCreate{})));
  EXPECT_TRUE(names_addresses(encode(Stack{})));
  EXPECT_TRUE(names_addresses(encode(GoState{})));
  EXPECT_FALSE(names_addresses(encode(GoBlock{})));
  EXPECT_FALSE(names_addresses({}));
}

Record target_record(std::string json) {
  json.resize((json.size() + 7) / 8 * 8);
  Record record = encode(SnapshotBegin{});
  poke(record, 0, static_cast<std::uint16_t>(wire::WIRE_TARGET));
  for (char c : json) record.push_back(static_cast<std::byte>(c));
  set_size(record, static_cast<std::uint32_t>(record.size()));
  return record;
}

TEST(Wire, TargetOfAnotherVersionOrDamaged) {
  auto target = decode(target_record(R"({"pid":"x","exe":7,"go_version":"go1.30","new":[1]})"));
  ASSERT_TRUE(target);
  EXPECT_EQ(std::get<Target>(*target).pid, 0);
  EXPECT_EQ(std::get<Target>(*target).exe, "");
  EXPECT_EQ(std::get<Target>(*target).go_version, "go1.30");
  for (const char* json : {"", "[]", "{", "7", "{\"pid\":1}x"}) {
    EXPECT_FALSE(decode(target_record(json))) << json;
  }
}

TEST(Wire, TargetPathMayBeAnyBytes) {
  Target target;
  target.exe = "/tmp/\xff\xfe";
  auto decoded = decode(encode(target));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Target>(*decoded).exe.substr(0, 5), "/tmp/");
}

TEST(Wire, LongNamesAreCut) {
  auto decoded = decode(encode(Symbol{1, {{std::string(70000, 'f'), "file", 1}}}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Symbol>(*decoded).lines[0].function.size(), 65535u);
  EXPECT_EQ(std::get<Symbol>(*decoded).lines[0].file, "file");
}

}  // namespace
}  // namespace gosnoop::event
