// SPDX-License-Identifier: Apache-2.0
#include "analyze/diagnosis.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

using Names = std::vector<std::string>;
using State = Check::State;

Check check(std::string name, State state, Jobs affects = 0,
            ErrorCode code = ErrorCode::kInternal) {
  return {std::move(name), state, "found so", {}, {}, affects, code};
}

Diagnosis on_pid(std::vector<Check> host, std::vector<Check> target) {
  return {42, std::move(host), std::move(target), {}};
}

TEST(Prospect, AllIsWell) {
  auto prospect = conclude(on_pid({check("kernel", State::kOk)}, {check("process", State::kOk)}));
  EXPECT_EQ(prospect.verdict, Names{"everything gosnoop does will work on pid 42"});
  EXPECT_EQ(prospect.works,
            (Names{"leaks", "block", "trace", "record", "dump", "leaks --no-probes"}));
  EXPECT_TRUE(prospect.fails.empty());
  EXPECT_EQ(prospect.exit_status, 0);
}

TEST(Prospect, WithoutATargetThereAreRunAndPs) {
  auto prospect = conclude({std::nullopt, {check("kernel", State::kOk)}, {}, {}});
  EXPECT_EQ(prospect.verdict, Names{"everything gosnoop does will work here"});
  EXPECT_EQ(prospect.works,
            (Names{"leaks", "block", "trace", "record", "run", "dump", "leaks --no-probes", "ps"}));
}

TEST(Prospect, ProbesFailAndSnapshotsDoNot) {
  auto prospect = conclude(on_pid({check("BTF", State::kFail, kProbes, ErrorCode::kNoBtf)}, {}));
  EXPECT_EQ(prospect.verdict,
            (Names{"leaks, block, trace and record will not work on pid 42: BTF: found so",
                   "dump and leaks --no-probes will work on pid 42"}));
  EXPECT_EQ(prospect.fails, (Names{"leaks", "block", "trace", "record"}));
  EXPECT_EQ(prospect.exit_status, 7);
}

TEST(Prospect, NothingWorksWithoutAProcess) {
  auto prospect =
      conclude(on_pid({}, {check("process", State::kFail, kAllJobs, ErrorCode::kNoSuchProcess)}));
  EXPECT_EQ(prospect.verdict, Names{"nothing gosnoop does will work on pid 42: process: found so"});
  EXPECT_TRUE(prospect.works.empty());
  EXPECT_EQ(prospect.exit_status, 3);
}

TEST(Prospect, TheFirstFailureIsTheStatus) {
  auto prospect =
      conclude(on_pid({check("rights", State::kFail, kProbes, ErrorCode::kNoPermission)},
                      {check("process", State::kFail, kAllJobs, ErrorCode::kNoSuchProcess)}));
  EXPECT_EQ(prospect.exit_status, 6);
  EXPECT_EQ(prospect.verdict.size(), 2u) << "two reasons, two lines";
}

TEST(Prospect, LeaksWithoutBlockIsNotTheMainJob) {
  auto prospect =
      conclude(on_pid({}, {check("sites", State::kFail, kBlockProbes, ErrorCode::kUnsupportedGo)}));
  EXPECT_EQ(prospect.works, (Names{"leaks", "dump", "leaks --no-probes"}));
  EXPECT_EQ(prospect.fails, (Names{"block", "trace", "record"}));
  EXPECT_EQ(prospect.exit_status, 5);
}

TEST(Prospect, AWarningLimitsAndDoesNotFail) {
  auto prospect = conclude(on_pid({}, {check("sites", State::kWarn, kBlockProbes)}));
  EXPECT_EQ(prospect.exit_status, 0);
  EXPECT_EQ(prospect.limited, (Names{"block", "trace", "record"}));
  EXPECT_EQ(
      prospect.verdict,
      (Names{"leaks, dump and leaks --no-probes will work on pid 42",
             "block, trace and record will work on pid 42, but with limits: sites: found so"}));
}

TEST(Prospect, AWarningThatAffectsNothingIsSilent) {
  auto prospect = conclude(on_pid({check("uprobe_multi", State::kWarn)}, {}));
  EXPECT_TRUE(prospect.limited.empty());
  EXPECT_EQ(prospect.verdict, Names{"everything gosnoop does will work on pid 42"});
}

TEST(Prospect, AnErrorBecomesACheck) {
  auto check = failed("sites", {ErrorCode::kUnsupportedGo, "inlined", "build without -pgo", 0},
                      kProbes, "events would be missed");
  EXPECT_EQ(check.state, State::kFail);
  EXPECT_EQ(check.detail, "inlined");
  EXPECT_EQ(check.next_step, "build without -pgo");
  EXPECT_EQ(conclude(on_pid({}, {check})).exit_status, 5);
}

}  // namespace
}  // namespace gosnoop::analyze
