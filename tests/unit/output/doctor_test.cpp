// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"
#include "output/doctor_json.h"
#include "output/doctor_text.h"

namespace gosnoop::output {
namespace {

using analyze::Check;
using analyze::Diagnosis;
using State = Check::State;

Check fine(std::string name, std::string detail) {
  return {std::move(name), State::kOk, std::move(detail), {}, {}, 0, {}};
}

// An older kernel, and a build that hides some wakes.
Diagnosis troubled() {
  Diagnosis diagnosis;
  diagnosis.pid = 4711;
  diagnosis.host = {fine("rights", "root, may load BPF programs"),
                    {"uprobe_multi",
                     State::kWarn,
                     "not there: slower detach",
                     "taking probes off takes some tenths of a second",
                     "nothing has to be done",
                     0,
                     {}}};
  diagnosis.target = {
      fine("process", "runs"),
      {"probe sites of block", State::kFail, "runtime.park_m was inlined into \x1b[31mmain.main",
       "events would be missed: gosnoop refuses", "build the target without -pgo",
       analyze::kBlockProbes, ErrorCode::kUnsupportedGo},
      {"rehearsal", State::kNotTried, "needs the sites above", {}, {}, 0, {}}};
  diagnosis.sites = {
      {"on_create", "a goroutine was created", "runtime.newproc1", 0x427, 0x44ec7, "jne 0x444edb"},
      {"on_exit", "a goroutine ends", "runtime.goexit0", 0x4, 0x43344, "jbe 0x44335e"}};
  return diagnosis;
}

std::string text(const Diagnosis& diagnosis, bool color) {
  std::ostringstream out;
  write_doctor(out, diagnosis, color);
  return out.str();
}

std::string json(const Diagnosis& diagnosis) {
  std::ostringstream out;
  write_doctor_json(out, diagnosis);
  return out.str();
}

TEST(DoctorText, Golden) { expect_golden("doctor.txt", text(troubled(), false)); }

TEST(DoctorText, ColourOnlyWhereItIsWanted) {
  EXPECT_EQ(text(troubled(), false).find('\x1b'), std::string::npos) << "nor from the target";
  EXPECT_NE(text(troubled(), true).find("\x1b[1;31mFAIL\x1b[0m"), std::string::npos);
}

TEST(DoctorText, WhatIsOkTakesALine) {
  Diagnosis diagnosis;
  diagnosis.host = {fine("kernel", "Linux 6.12"), fine("BTF", "/sys/kernel/btf/vmlinux")};
  EXPECT_EQ(text(diagnosis, false),
            "this machine\n"
            "  ok    kernel  Linux 6.12\n"
            "  ok    BTF     /sys/kernel/btf/vmlinux\n"
            "\n"
            "everything gosnoop does will work here\n");
}

TEST(DoctorJson, Golden) { expect_golden("doctor.json", json(troubled())); }

TEST(DoctorJson, WithoutATarget) {
  auto document = nlohmann::json::parse(json({}));
  EXPECT_TRUE(document["pid"].is_null());
  EXPECT_TRUE(document["target"].empty());
  EXPECT_TRUE(document["sites"].is_array());
  EXPECT_EQ(document["exit_status"], 0);
}

}  // namespace
}  // namespace gosnoop::output
