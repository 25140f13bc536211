// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"
#include "output/ps_json.h"
#include "output/ps_text.h"

namespace gosnoop::output {
namespace {

using snapshot::Counts;
using snapshot::ProcessList;
using snapshot::ProcessSummary;

constexpr std::uint64_t kSecond = 1'000'000'000;

// One in a container, one of which little may be known, one too old, of a name to beware of.
ProcessList three() {
  ProcessSummary server{4711,
                        "/app/server",
                        "go1.24.4 X:boringcrypto",
                        "example.com/cmd/server",
                        Counts{1204, 1190, 5},
                        12,
                        88'342'528,
                        183'600 * kSecond,
                        "3f4e5d6c7b8a",
                        {}};
  ProcessSummary foreign{815, "/usr/bin/foreign", {},           {}, {},
                         7,   1'048'576,          61 * kSecond, {}, "no permission"};
  ProcessSummary old{812, "/usr/bin/\x1b[31mold", "go1.17.13", {}, {}, {}, {}, {}, {}, "too old"};
  return {{server, foreign, old}, 3, true};
}

std::string text(const ProcessList& list, bool color) {
  std::ostringstream out;
  write_ps(out, list, color);
  return out.str();
}

std::string json(const ProcessList& list) {
  std::ostringstream out;
  write_ps_json(out, list);
  return out.str();
}

TEST(PsText, Golden) { expect_golden("ps.txt", text(three(), false)); }

TEST(PsText, ColourOnlyWhereItIsWanted) {
  EXPECT_EQ(text(three(), false).find('\x1b'), std::string::npos) << "nor from a path";
  EXPECT_NE(text(three(), true).find("\x1b[1m PID"), std::string::npos);
}

TEST(PsText, AVersionIsOneWord) {
  ProcessList list;
  list.processes.resize(1);
  list.processes[0].go_version = "devel go1.25-5e94d72 Mon Jan 6 12:00:00 2025";
  EXPECT_NE(text(list, false).find(" go1.25-5e94d72  "), std::string::npos) << text(list, false);
  list.processes[0].go_version = "weird";
  EXPECT_NE(text(list, false).find(" weird  "), std::string::npos) << text(list, false);
}

TEST(PsText, NothingFoundIsSaid) { EXPECT_EQ(text({}, false), "no Go process is found\n"); }

TEST(PsJson, Golden) { expect_golden("ps.json", json(three())); }

TEST(PsJson, WhatIsUnknownIsNull) {
  auto document = nlohmann::json::parse(json(three()));
  EXPECT_TRUE(document["processes"][1]["goroutines"].is_null());
  EXPECT_TRUE(document["processes"][2]["threads"].is_null());
  EXPECT_EQ(document["processes"][0]["goroutines"], 1204);
}

TEST(PsJson, NothingFoundIsAnEmptyList) {
  EXPECT_EQ(nlohmann::json::parse(json({}))["processes"], nlohmann::json::array());
}

}  // namespace
}  // namespace gosnoop::output
