// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "go_program.h"
#include "plan/plan.h"

namespace gosnoop::plan {
namespace {

Site push_site() {
  Site site;
  site.program = Program::kPark;
  site.event = "a goroutine blocks";
  site.function = "runtime.park_m";
  site.offset = {0x4088a};
  site.in_function = 0xa;
  site.instruction = "push rbp";
  site.why = "emulated; a hit whose jump is taken is no event";
  return site;
}

std::string printed(const ProbePlan& plan) {
  const GoProgram program("1.24", "stripped", "hello");
  std::ostringstream out;
  print(out, plan, program.binary);
  auto text = out.str();
  return text.substr(text.find('\n') + 1);  // the first line names the toolchain's patch release
}

TEST(Print, SaysEventPlaceInstructionAndWhy) {
  ProbePlan plan;
  plan.sites = {push_site()};
  EXPECT_EQ(printed(plan), R"(
a goroutine blocks
  runtime.park_m+0xa  file offset 0x4088a  push rbp
  emulated; a hit whose jump is taken is no event
)");
}

TEST(Print, AlignsPlaces) {
  ProbePlan plan;
  plan.sites = {push_site(), push_site()};
  plan.sites[1].function = "runtime.ready";
  EXPECT_NE(printed(plan).find("\n  runtime.ready+0xa   file offset"), std::string::npos);
}

TEST(Print, SaysWhenWakesAreHidden) {
  ProbePlan plan;
  plan.sites = {push_site()};
  plan.exact_wakes = false;
  EXPECT_NE(printed(plan).find("PGO"), std::string::npos);
  plan.exact_wakes = true;
  EXPECT_EQ(printed(plan).find("PGO"), std::string::npos);
}

TEST(Print, BeginsWithTheBinary) {
  const GoProgram program("1.24", "stripped", "hello");
  std::ostringstream out;
  print(out, {}, program.binary);
  EXPECT_EQ(out.str(), program.binary.go_version() +
                           ", stripped, struct offsets from the table for this Go version\n");
}

}  // namespace
}  // namespace gosnoop::plan
