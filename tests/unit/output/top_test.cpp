// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "output/fleet_page.h"
#include "output/top_keys.h"
#include "output/top_view.h"
#include "tests/unit/output/golden.h"
#include "tests/unit/output/top_samples.h"

namespace gosnoop::output {
namespace {

using Kind = TopKey::Kind;

TopKey key(char character) { return {Kind::kCharacter, character}; }
TopKey key(Kind kind) { return {kind, 0}; }

// A user in front of a moment.
class Top : public ::testing::Test {
 protected:
  void SetUp() override { use_utc(); }

  TopPage page() const {
    auto page = top_page(data, state);
    if (state.opened) page.opened = opened_text(data, state, members);
    return page;
  }
  TopAction press(TopKey pressed) { return output::press(state, pressed, page()); }
  void type(const std::string& text) {
    for (char c : text) press(key(c));
  }
  StyledLines lines(TopSize size = {80, 24}) const { return lay_out(page(), state, size); }
  std::string text(TopSize size = {80, 24}) const { return plain_text(lines(size)); }
  std::string selected() const {
    for (const auto& line : lines()) {
      const auto shown = plain_text({line});
      if (line.selected && shown.find("NOW") == std::string::npos) return shown;
    }
    return "";
  }

  TopData data = top_sample();
  TopState state;
  analyze::MemberList members;
};

TEST_F(Top, InATerminalOf80x24) { expect_golden("top_80x24.txt", text()); }
TEST_F(Top, InAWideTerminal) { expect_golden("top_140x30.txt", text({140, 30})); }
TEST_F(Top, InASmallTerminal) { expect_golden("top_40x10.txt", text({40, 10})); }

TEST_F(Top, Plain) { expect_golden("top_plain.txt", plain_text(lay_out_plain(page(), 10))); }

TEST_F(Top, Help) {
  press(key('?'));
  expect_golden("top_help.txt", text());
  press(key('x'));
  EXPECT_FALSE(state.help);
}

TEST_F(Top, OpenedGroup) {
  members.all = 161;
  analyze::Member waits, runs;
  waits.goid = 17;
  runs.goid = 18;
  waits.parent = runs.parent = 1;
  waits.age_seconds = runs.age_seconds = 8;
  waits.wait_reason = "chan send";
  waits.at = send_stack();
  waits.waited_ns = 7'900'000'000;
  members.members = {waits, runs};
  press(key(Kind::kEnter));
  expect_golden("top_opened.txt", text({80, 40}));
}

// Whatever the size, in whatever state: no line too many, none too wide, and no crash.
TEST_F(Top, FitsEverySize) {
  data.syscalls = true;
  data.report.tcp.watched = true;
  for (int opened = 0; opened < 3; ++opened) {
    if (opened == 1) press(key(Kind::kEnter));
    if (opened == 2) press(key('?'));
    for (std::size_t height = 0; height <= 40; ++height) {
      for (std::size_t width : {0u, 1u, 2u, 3u, 7u, 20u, 39u, 40u, 79u, 80u, 133u, 400u}) {
        settle(state, page(), {width, height});
        const auto shown = lines({width, height});
        ASSERT_LE(shown.size(), height);
        for (const auto& line : shown) ASSERT_LE(text_width(line), width) << plain_text({line});
      }
    }
  }
}

TEST_F(Top, OfNothing) {
  data = TopData{};
  for (std::size_t height : {1u, 5u, 24u}) EXPECT_LE(lines({80, height}).size(), height);
  for (char c : std::string("jksgwp?x/x")) press(key(c));
  for (int kind = 0; kind <= static_cast<int>(Kind::kResize); ++kind) {
    press(key(static_cast<Kind>(kind)));
  }
  EXPECT_LE(lines().size(), 24u);
}

TEST_F(Top, TheSelectionStaysWithItsRow) {
  press(key(Kind::kDown));
  EXPECT_NE(selected().find("SUSPECT"), std::string::npos) << selected();
  std::swap(data.recent.groups[0], data.recent.groups[1]);
  EXPECT_NE(selected().find("SUSPECT"), std::string::npos) << selected();
  press(key(Kind::kHome));
  press(key(Kind::kDown));
  EXPECT_NE(selected().find("LEAKING"), std::string::npos) << selected();
}

TEST_F(Top, TabAndGGoFromTableToTable) {
  press(key(Kind::kTab));
  EXPECT_NE(selected().find("sync.Mutex.Lock"), std::string::npos) << selected();
  press(key('g'));
  EXPECT_NE(selected().find("LEAKING"), std::string::npos) << selected();
  press(key(Kind::kBackTab));
  EXPECT_EQ(state.focus, 1u);
}

TEST_F(Top, SortsByTheNextColumn) {
  EXPECT_NE(text().find("(by verdict)"), std::string::npos);
  press(key('s'));
  EXPECT_NE(text().find("(by growth)"), std::string::npos);
  EXPECT_NE(text().find("(by waited)"), std::string::npos) << "the other table is as it was";
}

TEST_F(Top, FiltersAsItIsTyped) {
  type("/poll");
  EXPECT_TRUE(state.typing);
  EXPECT_NE(text().find("main.poll"), std::string::npos);
  EXPECT_EQ(text().find("main.handle "), std::string::npos);
  EXPECT_EQ(press(key('q')), TopAction::kNone) << "it is text here";
  press(key(Kind::kBackspace));
  press(key(Kind::kEnter));
  EXPECT_FALSE(state.typing);
  EXPECT_NE(text().find("filter: poll"), std::string::npos);
  press(key(Kind::kEscape));
  EXPECT_TRUE(state.filter.empty());
}

TEST_F(Top, AFilterTakesNoNoticeOfCase) {
  EXPECT_TRUE(passes("main.Worker", "wORK"));
  EXPECT_FALSE(passes("main.Worker", "wOK"));
  EXPECT_TRUE(passes("", ""));
}

TEST_F(Top, WhatItSaysIsThereUntilTheNextKey) {
  state.message = "wrote x";
  EXPECT_NE(text().find("wrote x"), std::string::npos);
  press(key(Kind::kDown));
  EXPECT_EQ(text().find("wrote x"), std::string::npos);
}

TEST_F(Top, Quits) {
  EXPECT_EQ(press(key('q')), TopAction::kQuit);
  EXPECT_EQ(press(key(Kind::kInterrupt)), TopAction::kQuit);
  EXPECT_EQ(press(key(Kind::kEscape)), TopAction::kNone);
  press(key('/'));
  EXPECT_EQ(press(key(Kind::kInterrupt)), TopAction::kQuit) << "whatever is typed";
}

TEST_F(Top, OpensAndReturns) {
  EXPECT_EQ(press(key(Kind::kEnter)), TopAction::kOpen);
  EXPECT_NE(selected_group(data, state), nullptr);
  EXPECT_NE(text().find("created by"), std::string::npos);
  press(key(Kind::kEscape));
  EXPECT_FALSE(state.opened);
  auto from_fleet = page();
  from_fleet.can_return = true;
  EXPECT_EQ(output::press(state, key(Kind::kEscape), from_fleet), TopAction::kReturn);
}

TEST_F(Top, ScrollingEndsAtTheEnd) {
  const TopSize small{80, 14};
  press(key(Kind::kEnter));
  press(key(Kind::kEnd));
  settle(state, page(), small);
  const auto last = text(small);
  press(key(Kind::kDown));
  settle(state, page(), small);
  EXPECT_EQ(text(small), last);
  press(key(Kind::kUp));
  settle(state, page(), small);
  EXPECT_NE(text(small), last);
}

TEST_F(Top, AGroupThatIsGoneSaysSo) {
  press(key(Kind::kEnter));
  data.recent.groups.erase(data.recent.groups.begin());
  EXPECT_NE(text().find("nothing of this"), std::string::npos);
}

TEST_F(Top, LossesAndWhatIsNotKnown) {
  data.report.losses = troubled_report().losses;
  data.recent.losses = data.report.losses;
  EXPECT_NE(text().find("LOST 323 events"), std::string::npos) << text();
  data.recent.exact = false;
  EXPECT_NE(text().find("at least 20.5 new/s"), std::string::npos) << text();
  data.report.target.probes = false;
  EXPECT_NE(text().find("no probes"), std::string::npos);
}

TEST_F(Top, Summary) {
  const auto summary = top_summary(data.report);
  ASSERT_EQ(summary.size(), 2u);
  EXPECT_TRUE(summary[0].starts_with("LEAKING  main.handle")) << summary[0];
  EXPECT_NE(summary[1].find("waits longest"), std::string::npos) << summary[1];
}

TEST(TopFleet, AllProcesses) {
  use_utc();
  TopFleet fleet;
  fleet.wall_clock_ns = kSampleStart;
  fleet.cost = {0.005, 32u << 20};
  fleet.refused = 1;
  fleet.processes = {{.pid = 4242,
                      .program = "example.com/shop",
                      .container = "0123456789ab",
                      .goroutines = 1342,
                      .waiting = 1300,
                      .growth_per_second = 20.1,
                      .created_per_second = 812.0,
                      .leaking = 1,
                      .worst = "LEAKING  main.handle creates goroutines",
                      .rss_bytes = 84'300'000}};
  TopProcess other;
  other.pid = 77;
  other.program = "/usr/bin/tool";
  other.goroutines = 9;
  other.waiting = 8;
  fleet.processes.push_back(other);
  TopState state;
  expect_golden("top_fleet.txt", plain_text(lay_out(fleet_page(fleet, state), state, {80, 12})));
  EXPECT_FALSE(selected_process(state)) << "nothing was selected yet";
  EXPECT_EQ(press(state, key(Kind::kEnter), fleet_page(fleet, state)), TopAction::kOpen);
  EXPECT_EQ(selected_process(state), 4242);
}

TEST(StyledLine, Widths) {
  EXPECT_EQ(text_width("12 µs"), 5u);
  EXPECT_EQ(beginning("abcdef", 4), "abc…");
  EXPECT_EQ(ending("abcdef", 4), "…def");
  EXPECT_EQ(ending("µµµµ", 3), "…µµ");
  EXPECT_EQ(beginning("abc", 0), "");
  EXPECT_EQ(padded("µ", 3, true), "  µ");
  StyledLine line("abc");
  line.add("defg", Look::kAlarm);
  EXPECT_EQ(plain_text({fitted(line, 5)}), "abcd…\n");
  EXPECT_EQ(plain_text({fitted(line, 3)}), "ab…\n");
  EXPECT_EQ(plain_text({fitted(line, 7)}), "abcdefg\n");
}

}  // namespace
}  // namespace gosnoop::output
