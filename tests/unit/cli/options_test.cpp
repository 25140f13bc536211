// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <gtest/gtest.h>

namespace gosnoop::cli {
namespace {

Result<Command> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "gosnoop");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

// The command of that kind, or a failed test.
template <typename T>
T parse_as(std::vector<const char*> arguments) {
  auto command = parse(std::move(arguments));
  if (!command) ADD_FAILURE() << command.error().message;
  if (command && std::holds_alternative<T>(*command)) return std::get<T>(*command);
  ADD_FAILURE() << "another command";
  return {};
}

TEST(CommandLine, Leaks) {
  auto leaks = parse_as<ReportCommand>({"leaks", "-p", "42"});
  EXPECT_EQ(leaks.view, View::kLeaks);
  EXPECT_EQ(leaks.live.pid, 42);
  EXPECT_FALSE(leaks.live.duration_ns);
  EXPECT_EQ(leaks.live.min_block_ns, 1'000'000u);
  EXPECT_EQ(leaks.live.ring_bytes, 16u << 20);
  EXPECT_FALSE(leaks.live.dry_run);
  EXPECT_EQ(format_of(leaks.report), Format::kText);
  EXPECT_EQ(leaks.report.top, 10u);
}

TEST(CommandLine, OutputIsAFileOrStandardOutput) {
  auto file = [](const char* name) {
    return parse_as<ReportCommand>({"block", "-p", "42", "-o", name}).report;
  };
  EXPECT_EQ(file("report.json").file, "report.json");
  EXPECT_EQ(file("./-").file, "./-");
  EXPECT_EQ(file("-").file, "");
  EXPECT_EQ(format_of(file("-")), Format::kText);
  EXPECT_EQ(parse_as<ReplayCommand>({"report", "a", "-o", "-"}).report.file, "");
  EXPECT_EQ(parse_as<RecordCommand>({"record", "-p", "42", "-o", "-"}).file, "-");
}

TEST(CommandLine, AnOutputWithoutANameIsRefused) {
  for (const auto& arguments : {std::vector<const char*>{"report", "a", "-o", ""},
                                {"leaks", "-p", "42", "-o", ""},
                                {"record", "-p", "42", "-o", ""},
                                {"dump", "-p", "42", "--pprof", ""}}) {
    auto command = parse(arguments);
    ASSERT_FALSE(command) << arguments.front();
    EXPECT_EQ(command.error().code, ErrorCode::kUsage);
    EXPECT_NE(command.error().message.find("wants the name of a file"), std::string::npos)
        << command.error().message;
  }
}

TEST(CommandLine, Top) {
  auto top = parse_as<TopCommand>({"top", "-p", "42"});
  EXPECT_EQ(top.live.pid, 42);
  EXPECT_EQ(top.live.interval_ns, 2'000'000'000u);
  EXPECT_EQ(top.live.purpose, plan::Purpose::kAll);
  EXPECT_TRUE(top.live.probes);
  EXPECT_FALSE(top.all || top.plain);
  auto all = parse_as<TopCommand>({"top", "--all", "--plain", "--interval", "1s", "--no-probes"});
  EXPECT_TRUE(all.all && all.plain);
  EXPECT_FALSE(all.live.probes);
  EXPECT_FALSE(parse({"top", "--all", "-p", "42"}));
  EXPECT_FALSE(parse({"top", "-p", "42", "--no-probes", "--tcp"}));
}

// Made of the same definition as the parser: tests/runtime/command_docs_test.py compares.
TEST(CommandLine, DocsForShellsAndMan) {
  EXPECT_TRUE(parse_as<ShowText>({"man"}).text.starts_with(".TH GOSNOOP 8"));
  EXPECT_TRUE(parse_as<ShowText>({"completion", "zsh"}).text.starts_with("#compdef gosnoop"));
  EXPECT_NE(parse_as<ShowText>({"completion", "bash"}).text.find("complete -F"), std::string::npos);
  EXPECT_FALSE(parse({"completion", "csh"}));
  EXPECT_EQ(parse_as<ShowText>({"--help"}).text.find("completion"), std::string::npos);
}

TEST(CommandLine, Syscalls) {
  auto syscalls = parse_as<ReportCommand>({"syscalls", "-p", "42", "--min-syscall", "1ms"});
  EXPECT_EQ(syscalls.view, View::kSyscalls);
  EXPECT_EQ(syscalls.live.purpose, plan::Purpose::kNone);
  EXPECT_TRUE(syscalls.live.syscalls);
  EXPECT_EQ(syscalls.live.min_syscall_ns, 1'000'000u);
}

TEST(CommandLine, SyscallsOnlyWhereAskedFor) {
  EXPECT_FALSE(parse_as<ReportCommand>({"block", "-p", "42"}).live.syscalls);
  EXPECT_TRUE(parse_as<ReportCommand>({"leaks", "-p", "42", "--syscalls"}).live.syscalls);
  EXPECT_TRUE(parse_as<TraceCommand>({"trace", "-p", "42", "--syscalls"}).live.syscalls);
}

TEST(CommandLine, BlockWithEveryOption) {
  auto block = parse_as<ReportCommand>({"block", "--pid", "42", "--duration", "1m30s",
                                        "--min-block", "0", "--ring-size", "4M", "--dry-run",
                                        "--json", "--all", "--full-paths", "--top", "3"});
  EXPECT_EQ(block.view, View::kBlock);
  EXPECT_EQ(block.live.duration_ns, 90'000'000'000u);
  EXPECT_EQ(block.live.min_block_ns, 0u);
  EXPECT_EQ(block.live.ring_bytes, 4u << 20);
  EXPECT_TRUE(block.live.dry_run);
  EXPECT_EQ(format_of(block.report), Format::kJson);
  EXPECT_TRUE(block.report.all);
  EXPECT_TRUE(block.report.full_paths);
  EXPECT_EQ(block.report.top, 3u);
}

TEST(CommandLine, Trace) {
  auto trace = parse_as<TraceCommand>({"trace", "-p", "42", "-d", "8s", "--json"});
  EXPECT_EQ(trace.live.pid, 42);
  EXPECT_EQ(trace.live.duration_ns, 8'000'000'000u);
  EXPECT_TRUE(trace.json);
}

TEST(CommandLine, Record) {
  auto record = parse_as<RecordCommand>({"record", "-p", "42", "-o", "a.gosnoop"});
  EXPECT_EQ(record.live.pid, 42);
  EXPECT_EQ(record.file, "a.gosnoop");
}

TEST(CommandLine, Report) {
  auto report = parse_as<ReplayCommand>({"report", "a.gosnoop"});
  EXPECT_EQ(report.file, "a.gosnoop");
  EXPECT_EQ(report.view, View::kBoth);
  EXPECT_EQ(parse_as<ReplayCommand>({"report", "a", "--leaks"}).view, View::kLeaks);
  EXPECT_EQ(parse_as<ReplayCommand>({"report", "--block", "a"}).view, View::kBlock);
}

TEST(CommandLine, Formats) {
  auto format = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), {"report", "a.gosnoop"});
    return format_of(parse_as<ReplayCommand>(std::move(arguments)).report);
  };
  EXPECT_EQ(format({}), Format::kText);
  EXPECT_EQ(format({"--format", "folded"}), Format::kFolded);
  EXPECT_EQ(format({"--json"}), Format::kJson);
  EXPECT_EQ(format({"-o", "a.html"}), Format::kHtml);
  EXPECT_EQ(format({"-o", "a.flame.html"}), Format::kFlamegraph);
  EXPECT_EQ(format({"-o", "a.pb.gz"}), Format::kPprof);
  EXPECT_EQ(format({"-o", "a.folded"}), Format::kFolded);
  EXPECT_EQ(format({"-o", "a.perfetto-trace"}), Format::kPerfetto);
  EXPECT_EQ(format({"-o", "a.json"}), Format::kJson);
  EXPECT_EQ(format({"-o", "notes"}), Format::kText);
  EXPECT_EQ(format({"-o", "a.html", "--format", "flamegraph"}), Format::kFlamegraph);
  for (const char* command : {"leaks", "block", "syscalls", "tcp"}) {
    auto report = parse_as<ReportCommand>({command, "-p", "1", "--format", "html"}).report;
    EXPECT_EQ(format_of(report), Format::kHtml) << command;
  }
  auto run = parse_as<RunCommand>({"run", "-o", "a.html", "--", "./server", "-o", "b"});
  EXPECT_EQ(run.report.file, "a.html");
}

TEST(CommandLine, RunTakesTheRestAsItIs) {
  auto run = parse_as<RunCommand>({"run", "--leaks", "-d", "5s", "--", "./server", "-p", "80"});
  EXPECT_EQ(run.argv, (std::vector<std::string>{"./server", "-p", "80"}));
  EXPECT_EQ(run.view, View::kLeaks);
  EXPECT_EQ(run.live.duration_ns, 5'000'000'000u);
  EXPECT_EQ(parse_as<RunCommand>({"run", "--", "true"}).view, View::kBoth);
}

TEST(CommandLine, Doctor) {
  auto doctor = parse_as<DoctorCommand>({"doctor", "-p", "42", "--json"});
  EXPECT_EQ(doctor.pid, 42);
  EXPECT_TRUE(doctor.json);
  EXPECT_FALSE(parse_as<DoctorCommand>({"doctor"}).pid);
  EXPECT_FALSE(parse({"doctor", "-p", "0"}));
  EXPECT_TRUE(parse_as<PsCommand>({"ps", "--json"}).json);
  EXPECT_FALSE(parse_as<PsCommand>({"ps"}).json);
  EXPECT_FALSE(parse({"ps", "-p", "42"}));
}

TEST(CommandLine, HelpAndVersion) {
  EXPECT_NE(parse_as<ShowText>({"--help"}).text.find("leaks"), std::string::npos);
  EXPECT_EQ(parse_as<ShowText>({"--version"}).text.substr(0, 8), "gosnoop ");
  for (const char* command : {"leaks", "block", "trace", "record", "report", "run"}) {
    EXPECT_FALSE(parse_as<ShowText>({command, "--help"}).text.empty()) << command;
  }
}

// --help of a command is about that command.
TEST(CommandLine, HelpOfACommand) {
  auto text = parse_as<ShowText>({"record", "--help"}).text;
  EXPECT_NE(text.find("--output"), std::string::npos) << text;
}

TEST(CommandLine, EveryErrorIsOfUsageAndHasANextStep) {
  const std::vector<std::vector<const char*>> wrong{
      {"leak"},
      {"leaks"},
      {"leaks", "-p"},
      {"leaks", "-p", "x"},
      {"leaks", "-p", "0"},
      {"leaks", "-p", "-5"},
      {"leaks", "-p", "99999999999"},
      {"leaks", "-p", "1", "extra"},
      {"leaks", "-p", "1", "--no-such-option"},
      {"leaks", "-p", "1", "-d", "soon"},
      {"block", "-p", "1", "--min-block", "-1ms"},
      {"block", "-p", "1", "--ring-size", "3M"},
      {"block", "-p", "1", "--ring-size", "2G"},
      {"block", "-p", "1", "--ring-size", "1K"},
      {"block", "-p", "1", "--top", "many"},
      {"leaks", "-p", "1", "block", "-p", "1"},
      {"trace"},
      {"record", "-p", "1"},
      {"record", "-o", "a.gosnoop"},
      {"report"},
      {"report", "a", "--format", "svg"},
      {"report", "a", "--format", "html", "--json"},
      {"report", "a", "b"},
      {"report", "a", "--leaks", "--block"},
      {"run"},
      {"run", "--"},
  };
  for (const auto& arguments : wrong) {
    std::string line;
    for (const char* argument : arguments) line.append(argument).append(" ");
    auto command = parse(arguments);
    ASSERT_FALSE(command) << line;
    EXPECT_EQ(command.error().code, ErrorCode::kUsage) << line;
    EXPECT_FALSE(command.error().message.empty()) << line;
    EXPECT_FALSE(command.error().hint.empty()) << line;
  }
}

TEST(CommandLine, AnErrorShowsTheFormWanted) {
  auto expect = [](std::vector<const char*> arguments, const std::string& message) {
    auto command = parse(std::move(arguments));
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().message, message);
  };
  expect({"leaks", "-p", "1", "-d", "soon"}, "--duration wants something like 10s, not 'soon'");
  expect({"leaks", "-p", ""}, "--pid wants a process id, not ''");
  expect({"leaks", "-p", "-d"}, "--pid wants a process id, not '-d'");
  expect({"block", "-p", "1", "--ring-size", "3"},
         "--ring-size wants a power of two from 4K to 1G, not '3'");
  expect({"block", "-p", "1", "--top", "-1"}, "--top wants a number, not '-1'");
  expect({"leak"}, "there is no command leak");
  expect({"--leak"}, "there is no option --leak");
  expect({"leaks", "-p", "1", "--nope"}, "gosnoop leaks does not take --nope");
}

TEST(CommandLine, NoCommandShowsTheHelp) {
  EXPECT_NE(parse_as<ShowText>({}).text.find("leaks"), std::string::npos);
}

// What would do nothing is no option.
TEST(CommandLine, EachCommandHasTheOptionsThatWork) {
  for (const char* option : {"--min-block", "--top"}) {
    EXPECT_FALSE(parse({"leaks", "-p", "1", option, "1"})) << option;
    EXPECT_TRUE(parse({"block", "-p", "1", option, "1"})) << option;
  }
  EXPECT_FALSE(parse({"block", "-p", "1", "--no-probes"}));
}

TEST(CommandLine, LeaksWithoutProbes) {
  auto leaks = parse_as<ReportCommand>({"leaks", "-p", "42", "--no-probes"});
  EXPECT_FALSE(leaks.live.probes);
  EXPECT_EQ(leaks.live.interval_ns, 1'000'000'000u);
  leaks = parse_as<ReportCommand>({"leaks", "-p", "42", "--no-probes", "--interval", "250ms"});
  EXPECT_EQ(leaks.live.interval_ns, 250'000'000u);
  EXPECT_TRUE(parse_as<ReportCommand>({"leaks", "-p", "42"}).live.probes);
  EXPECT_FALSE(parse({"leaks", "-p", "42", "--interval", "1s"}));
  EXPECT_FALSE(parse({"leaks", "-p", "42", "--no-probes", "--dry-run"}));
  EXPECT_FALSE(parse({"leaks", "-p", "42", "--no-probes", "--interval", "1ms"}));
}

}  // namespace
}  // namespace gosnoop::cli
