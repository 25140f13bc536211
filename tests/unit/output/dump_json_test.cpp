// SPDX-License-Identifier: Apache-2.0
#include "output/dump_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dump_samples.h"
#include "golden.h"

namespace gosnoop::output {
namespace {

using Json = nlohmann::ordered_json;
using Keys = std::vector<std::string>;

std::string text(const Dump& dump, bool all = true) {
  std::ostringstream out;
  const auto members = all_members(dump);
  write_dump_json(out, dump, user_groups(dump), all ? &members : nullptr);
  return out.str();
}

Json document(const Dump& dump, bool all = true) { return Json::parse(text(dump, all)); }

Keys keys(const Json& object) {
  Keys result;
  for (const auto& item : object.items()) result.push_back(item.key());
  return result;
}

// What the one goroutine of a dump waits for.
Json waits_for(const WaitsFor& wait) {
  DumpBuilder builder;
  builder.parked(builder.stack({}), analyze::kReceive).waits_for = builder.waits(wait);
  return document(builder.dump())["members"][0]["waits_for"];
}

TEST(DumpJson, Golden) { expect_golden("dump.json", text(sample_dump())); }

// docs/dump-schema.md promises these; a key may be added, never renamed or removed.
TEST(DumpJson, KeysOfTheDocument) {
  const Json json = document(sample_dump());
  EXPECT_EQ(keys(json), Keys({"schema", "target", "taken", "goroutines", "system", "unreadable",
                              "groups", "members"}));
  EXPECT_EQ(json["schema"], "gosnoop.dump/1");
  EXPECT_EQ(json["taken"], "2026-11-21T12:03:04.123456789Z");
  EXPECT_EQ(keys(json["groups"][0]),
            Keys({"count", "status", "wait_reason", "oldest_seconds", "stack", "truncated",
                  "created_by", "different_waits", "waits_for"}));
  EXPECT_EQ(keys(json["members"][0]),
            Keys({"id", "parent_id", "status", "wait_reason", "waiting_seconds", "thread", "locked",
                  "system", "stack", "truncated", "created_by", "start_function", "waits_for"}));
}

TEST(DumpJson, MembersOnlyWhereAskedFor) {
  EXPECT_FALSE(document(sample_dump(), false).contains("members"));
}

TEST(DumpJson, CountsAreOfTheProcess) {
  const Dump dump = sample_dump();
  const Json json = document(dump);
  EXPECT_EQ(json["goroutines"], user_members(dump).size());
  EXPECT_EQ(json["system"], 1);
  EXPECT_EQ(json["unreadable"], 2);
  EXPECT_EQ(json["members"].size(), dump.members.size());
  std::size_t sum = 0;
  for (const Json& group : json["groups"]) sum += group["count"].get<std::size_t>();
  EXPECT_EQ(sum, user_members(dump).size());
}

TEST(DumpJson, GroupsAreOfMembersThatReadTheSame) {
  const Json json = document(sample_dump());
  for (const Json& group : json["groups"]) {
    const auto same = std::ranges::count_if(json["members"], [&](const Json& member) {
      return !member["system"] && member["stack"] == group["stack"] &&
             member["status"] == group["status"] && member["created_by"] == group["created_by"] &&
             member["wait_reason"] == group["wait_reason"];
    });
    EXPECT_EQ(same, group["count"].get<std::int64_t>()) << group;
  }
}

TEST(DumpJson, UnknownIsNull) {
  DumpBuilder builder;
  builder.parked(snapshot::kNone, analyze::kReceive);
  const Json json = document(builder.dump());
  const Json& member = json["members"][0];
  for (const char* key :
       {"parent_id", "waiting_seconds", "thread", "start_function", "waits_for"}) {
    EXPECT_TRUE(member[key].is_null()) << key;
  }
  EXPECT_EQ(member["stack"], Json::array());
  EXPECT_EQ(member["created_by"], Json::array());
  EXPECT_TRUE(json["groups"][0]["oldest_seconds"].is_null());
}

TEST(DumpJson, OldestOfAGroupIsThatOfAMember) {
  DumpBuilder builder;
  const auto stack = builder.stack({});
  for (const std::uint64_t ns : {1'234'567'890ULL, 999ULL, 1'234'567'000ULL}) {
    builder.parked(stack, analyze::kReceive).waiting_since_ns = kDumpTime - ns;
  }
  const Json json = document(builder.dump());
  EXPECT_EQ(json["groups"][0]["oldest_seconds"], 1.235);
  EXPECT_EQ(json["members"][0]["waiting_seconds"], 1.235);
  EXPECT_EQ(json["members"][1]["waiting_seconds"], 0.0);
}

TEST(DumpJson, WhatAGoroutineWaitsFor) {
  EXPECT_EQ(waits_for(wait_of(Kind::kNothing)).dump(), R"({"kind":"nothing"})");
  EXPECT_EQ(waits_for(wait_of(Kind::kSemaphore, 0xc0)).dump(),
            R"({"kind":"semaphore","address":"0xc0"})");
  EXPECT_EQ(waits_for(wait_of(Kind::kCond, 0xc0)).dump(), R"({"kind":"cond","address":"0xc0"})");
  EXPECT_EQ(waits_for(wait_of(Kind::kNetwork)).dump(),
            R"({"kind":"network","fd":null,"operation":"read","socket":null})");
  EXPECT_EQ(waits_for(socket_wait(3, "[::]:80", "", "LISTEN"))["socket"].dump(),
            R"({"protocol":"tcp","local":"[::]:80","remote":"","state":"LISTEN","srtt_us":null,)"
            R"("retransmits":null})");
  WaitsFor sleep = wait_of(Kind::kSleep);
  sleep.until_ns = kDumpTime - 1'500'000'000;
  EXPECT_EQ(waits_for(sleep).dump(), R"({"kind":"sleep","seconds_left":-1.5})");
  EXPECT_TRUE(waits_for(WaitsFor{}).is_null());
}

TEST(DumpJson, AHundredWaitsOfAGroupAtMost) {
  DumpBuilder builder;
  const auto stack = builder.stack({});
  for (std::uint64_t i = 0; i < 250; ++i) {
    builder.parked(stack, analyze::kReceive).waits_for =
        builder.waits(analyze::waits_for_channel(i));
  }
  const Json group = document(builder.dump())["groups"][0];
  EXPECT_EQ(group["different_waits"], 250);
  EXPECT_EQ(group["waits_for"].size(), 100U);
}

TEST(DumpJson, OddValuesAndBytesThatAreNoUtf8) {
  Dump dump = analyze::odd_dump();
  dump.target.exe = "/usr/bin/\xff";
  dump.target.wait_reasons[1] = "chan \"\xc3\" receive";
  dump.locations[1].lines[0].function += "\xfe";
  const Json json = document(dump);
  EXPECT_EQ(json["target"]["exe"], "/usr/bin/\uFFFD");
  EXPECT_EQ(json["members"].size(), 5U);
  EXPECT_EQ(document(Dump{})["groups"], Json::array());
  EXPECT_EQ(document(Dump{})["members"], Json::array());
}

}  // namespace
}  // namespace gosnoop::output
