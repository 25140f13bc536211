// SPDX-License-Identifier: Apache-2.0
#include "cli/command_docs.h"

namespace gosnoop::cli {
namespace {

OptionDoc describe(const CLI::Option& option) {
  OptionDoc doc;
  for (const auto& name : option.get_snames()) doc.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) doc.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) doc.value = option.get_type_name();
  doc.help = option.get_description();
  return doc;
}

CommandDoc describe_command(const CLI::App& app) {
  CommandDoc doc;
  doc.name = app.get_name();
  doc.help = app.get_description();
  doc.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) {
      doc.options.push_back(describe(*option));
    } else {
      doc.positionals.push_back({{option->get_name(true)}, "", option->get_description()});
    }
  }
  return doc;
}

}  // namespace

ProgramDoc describe(const CLI::App& app) {
  ProgramDoc program;
  program.version = app.version();
  program.options = describe_command(app).options;
  auto is_shown = [](const CLI::App* command) { return !command->get_group().empty(); };
  for (const CLI::App* command : app.get_subcommands(is_shown)) {
    program.commands.push_back(describe_command(*command));
  }
  return program;
}

void add_docs(CLI::App& app, std::string& shell) {
  auto* completion = app.add_subcommand("completion", "prints a completion script for a shell");
  completion->group("");
  completion->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.add_subcommand("man", "prints the man page")->group("");
}

}  // namespace gosnoop::cli
