// SPDX-License-Identifier: Apache-2.0
// The plan over real binaries of every Go version and of the build modes that change the code.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "go_program.h"
#include "plan/instructions.h"
#include "plan/plan.h"

namespace gosnoop::plan {
namespace {

using Kind = Instruction::Kind;

struct Build {
  std::string version, mode;
  friend std::ostream& operator<<(std::ostream& out, const Build& build) {
    return out << build.version << ' ' << build.mode;
  }
};

std::string test_name(const testing::TestParamInfo<Build>& info) {
  auto name = info.param.version + '_' + info.param.mode;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<Build> builds(std::initializer_list<const char*> versions,
                          std::initializer_list<const char*> modes) {
  std::vector<Build> all;
  for (const auto* version : versions) {
    for (const auto* mode : modes) all.push_back({version, mode});
  }
  return all;
}

// -N -l and -race turn optimizations off: there newproc1 ends in another way.
bool optimized(const std::string& mode) { return mode != "noopt" && mode != "race"; }

void expect_kind(const Site& site, const Instruction& at, const gobin::GoBinary& binary) {
  if (site.program == Program::kStatusChange) {
    EXPECT_EQ(at.kind, Kind::kCall);
    EXPECT_EQ(at.target, binary.find_function("runtime.casgstatus")->entry);
  } else if (site.program == Program::kCreateQueued) {
    EXPECT_EQ(at.kind, Kind::kCall);
    EXPECT_EQ(at.target, binary.find_function("runtime.runqput")->entry);
  } else if (site.program == Program::kCreate) {
    EXPECT_EQ(at.kind, site.emulated ? Kind::kConditionalJump : Kind::kReturn) << at.text;
  } else {
    EXPECT_TRUE(at.below_or_equal) << at.text;
  }
}

// What the site claims, against the bytes of the file.
void expect_true(const Site& site, const GoProgram& program) {
  SCOPED_TRACE(site.function + " " + site.instruction);
  const auto function = program.binary.function_at(site.address);
  ASSERT_TRUE(function);
  EXPECT_EQ(function->name, site.function);
  EXPECT_EQ(site.address - function->entry, site.in_function);
  EXPECT_EQ(program.binary.image().to_file_offset(site.address), site.offset);
  const auto bytes = slice(program.file.bytes(), site.offset.value, site.bytes.size());
  ASSERT_FALSE(bytes.empty());
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), site.bytes.begin()));
  // From the function's start, so that it is an instruction and not the middle of one.
  const auto code = disassemble(program.binary.code(*function), function->entry);
  auto at = std::find_if(code.begin(), code.end(),
                         [&](const Instruction& i) { return i.address == site.address; });
  ASSERT_NE(at, code.end());
  EXPECT_EQ(at->size, site.bytes.size());
  expect_kind(site, *at, program.binary);
}

void expect_all_true(const ProbePlan& plan, const GoProgram& program) {
  std::set<std::uint64_t> offsets;
  for (const auto& site : plan.sites) {
    expect_true(site, program);
    EXPECT_TRUE(offsets.insert(site.offset.value).second) << "two probes at one place";
    EXPECT_FALSE(site.event.empty());
    EXPECT_FALSE(site.why.empty());
  }
}

std::size_t count(const ProbePlan& plan, Program program) {
  return static_cast<std::size_t>(
      std::count_if(plan.sites.begin(), plan.sites.end(),
                    [program](const Site& site) { return site.program == program; }));
}

const Site& only(const ProbePlan& plan, Program program) {
  EXPECT_EQ(count(plan, program), 1u);
  return *std::find_if(plan.sites.begin(), plan.sites.end(),
                       [program](const Site& site) { return site.program == program; });
}

class RealBinary : public testing::TestWithParam<Build> {};

TEST_P(RealBinary, HasASiteForEveryEvent) {
  const auto& [version, mode] = GetParam();
  const GoProgram program(version, mode, "hello");
  const auto plan = make_plan(program.binary);
  ASSERT_TRUE(plan) << plan.error().message;
  expect_all_true(*plan, program);
  for (auto event : {Program::kPark, Program::kReady, Program::kExit}) {
    EXPECT_TRUE(only(*plan, event).emulated);
  }
  EXPECT_EQ(only(*plan, Program::kCreate).emulated, optimized(mode));
  EXPECT_GE(count(*plan, Program::kStatusChange), 5u);
  EXPECT_TRUE(plan->exact_wakes);
  EXPECT_EQ(count(*plan, Program::kExecute), 0u);
  EXPECT_EQ(plan->systemstack_has_frame, version != "1.19");
}

INSTANTIATE_TEST_SUITE_P(All, RealBinary,
                         testing::ValuesIn(builds({"1.19", "1.21", "1.22", "1.23", "1.24", "1.25",
                                                   "1.26", "1.27"},
                                                  {"stripped", "race", "noopt", "piestripped"})),
                         test_name);

class RealCoroutines : public testing::TestWithParam<Build> {};

TEST_P(RealCoroutines, AreSeen) {
  const auto& [version, mode] = GetParam();
  const GoProgram program(version, mode, "coroutine");
  const auto plan = make_plan(program.binary);
  ASSERT_TRUE(plan) << plan.error().message;
  expect_all_true(*plan, program);
  EXPECT_EQ(only(*plan, Program::kCoroswitch).function, "runtime.coroswitch_m");
}

INSTANTIATE_TEST_SUITE_P(All, RealCoroutines,
                         testing::ValuesIn(builds({"1.23", "1.24", "1.25", "1.26", "1.27"},
                                                  {"stripped", "piestripped"})),
                         test_name);

// Go before 1.23 has no iter.Pull, and hello does not use it.
TEST(RealPlan, HasNoSiteForCoroutinesWhereThereAreNone) {
  const GoProgram program("1.21", "stripped", "hello");
  const auto plan = make_plan(program.binary);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(count(*plan, Program::kCoroswitch), 0u);
}

// For leaks alone, a probe where goroutines are created and one where they end will do.
TEST(RealPlan, ForLivesHasNoSiteOfBlocks) {
  const GoProgram program("1.24", "stripped", "hello");
  const auto plan = make_plan(program.binary, Purpose::kLives);
  ASSERT_TRUE(plan) << plan.error().message;
  expect_all_true(*plan, program);
  only(*plan, Program::kCreate);
  only(*plan, Program::kExit);
  EXPECT_EQ(plan->sites.size(), 2u);
}

// Blocks need no creations but those of coroutines, which begin as parked.
TEST(RealPlan, ForBlocksSeesCreationsOnlyWhereThereAreCoroutines) {
  const GoProgram program("1.24", "stripped", "hello");
  const auto plan = make_plan(program.binary, Purpose::kBlocks);
  ASSERT_TRUE(plan) << plan.error().message;
  expect_all_true(*plan, program);
  EXPECT_EQ(count(*plan, Program::kCreate), 0u);
  EXPECT_EQ(count(*plan, Program::kExit), 0u);

  const GoProgram coroutine("1.24", "stripped", "coroutine");
  const auto other = make_plan(coroutine.binary, Purpose::kBlocks);
  ASSERT_TRUE(other) << other.error().message;
  only(*other, Program::kCreate);
  EXPECT_EQ(count(*other, Program::kExit), 0u);
}

class RealPgo : public testing::TestWithParam<Build> {
 protected:
  static bool inlined(const GoProgram& program, std::string_view name) {
    return !program.binary.inlined_copies({&name, 1}).empty();
  }
};

// A profile makes the compiler inline what is probed. Then another site stands in, or the binary is
// refused by the name of the function: events are never missed in silence.
TEST_P(RealPgo, IsSeenThrough) {
  const GoProgram program(GetParam().version, GetParam().mode, "mixed");
  EXPECT_TRUE(inlined(program, "runtime.casgstatus")) << "mixed/cpu.pgo does no longer what it did";
  const auto plan = make_plan(program.binary);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(count(*plan, Program::kCreateQueued), inlined(program, "runtime.newproc1") ? 1u : 0u);
  expect_all_true(*plan, program);
  EXPECT_EQ(count(*plan, Program::kExecute), plan->exact_wakes ? 0u : 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, RealPgo,
    testing::ValuesIn(builds({"1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27"}, {"pgo"})),
    test_name);

}  // namespace
}  // namespace gosnoop::plan
