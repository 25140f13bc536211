// SPDX-License-Identifier: Apache-2.0
// The command line as text for people and shells, made of the parser's own definition.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace gosnoop::cli {

struct OptionDoc {
  std::vector<std::string> names;  // "-p", "--pid"; of a positional "FILE"
  std::string value;               // "PID"; "": it takes none
  std::string help;
};

struct CommandDoc {
  std::string name;
  std::string help;
  std::string footer;
  std::vector<OptionDoc> options;
  std::vector<OptionDoc> positionals;
};

struct ProgramDoc {
  std::string version;             // "gosnoop 0.1.0"
  std::vector<OptionDoc> options;  // without a command
  std::vector<CommandDoc> commands;
};

// All that --help shows.
ProgramDoc describe(const CLI::App& app);

// A page of section 8 for man(1).
std::string man_page(const ProgramDoc& program);

// Scripts that complete command lines; each names the options of the command that is typed.
std::string bash_completion(const ProgramDoc& program);
std::string zsh_completion(const ProgramDoc& program);
std::string fish_completion(const ProgramDoc& program);

// Adds what prints these; neither shows in --help: they are for who packages gosnoop. `shell` is
// "bash", "zsh" or "fish" where that was asked for.
void add_docs(CLI::App& app, std::string& shell);

}  // namespace gosnoop::cli
