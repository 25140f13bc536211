// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/command_docs.h"

namespace gosnoop::cli {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string replaced(const std::string& text, char from, std::string_view to) {
  std::string result;
  for (char c : text) result += c == from ? std::string(to) : std::string(1, c);
  return result;
}

// Between single quotes of a shell.
std::string quoted(const std::string& text) { return "'" + replaced(text, '\'', "'\\''") + "'"; }

std::vector<std::string> command_names(const ProgramDoc& program) {
  std::vector<std::string> names;
  for (const auto& command : program.commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const std::vector<OptionDoc>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

bool takes(const CommandDoc& command, std::string_view positional) {
  for (const auto& each : command.positionals) {
    if (each.names.front() == positional) return true;
  }
  return false;
}

// --- bash ----------------------------------------------------------------------------------------

// What follows an option: files, process ids, or something that nobody can guess.
std::string bash_value(const OptionDoc& option) {
  if (option.value == "FILE") return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))";
  if (option.value == "PID") {
    return "COMPREPLY=($(compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\"))";
  }
  return ":";
}

std::string bash_values(const CommandDoc& command) {
  std::string cases;
  for (const auto& option : command.options) {
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const auto& name : option.names) {
      patterns.push_back(fmt::format("'{} {}'", command.name, name));
    }
    cases += fmt::format("    {}) {}; return ;;\n", joined(patterns, "|"), bash_value(option));
  }
  return cases;
}

std::string bash_command(const CommandDoc& command) {
  std::string files;
  if (takes(command, "FILE")) {
    files =
        "[[ $cur = -* ]] || { compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); "
        "return; }; ";
  }
  if (takes(command, "COMMAND")) {
    files = "[[ $cur = -* ]] || { COMPREPLY=($(compgen -c -- \"$cur\")); return; }; ";
  }
  return fmt::format("    {}) {}words='{}' ;;\n", command.name, files,
                     joined(option_names(command.options), " "));
}

// --- zsh -----------------------------------------------------------------------------------------

std::string zsh_value(const std::string& value) {
  if (value == "FILE") return ":FILE:_files";
  if (value == "PID") return ":PID:_pids";
  return value.empty() ? "" : fmt::format(":{}: ", value);
}

// '(-p --pid)'{-p,--pid}'[the process]:PID:_pids'; see _arguments in zshcompsys(1).
std::string zsh_option(const OptionDoc& option) {
  const auto help = replaced(replaced(option.help, '[', "\\["), ']', "\\]");
  const auto rest = quoted(fmt::format("[{}]{}", help, zsh_value(option.value)));
  if (option.names.size() == 1) return option.names.front() + rest;
  return fmt::format("'({})'{{{}}}{}", joined(option.names, " "), joined(option.names, ","), rest);
}

std::string zsh_command(const CommandDoc& command) {
  std::string text = fmt::format("        {})\n          _arguments", command.name);
  for (const auto& option : command.options) text += " \\\n            " + zsh_option(option);
  if (takes(command, "FILE")) text += " \\\n            '*:FILE:_files'";
  if (takes(command, "COMMAND")) text += " \\\n            '*::COMMAND:_normal'";
  return text + " ;;\n";
}

// --- fish ----------------------------------------------------------------------------------------

std::string fish_value(const std::string& value) {
  if (value.empty()) return "";
  if (value == "FILE") return " -r -F";
  return value == "PID" ? " -x -a '(__fish_complete_pids)'" : " -x";
}

std::string fish_option(const std::string& condition, const OptionDoc& option) {
  std::string names;
  for (const auto& name : option.names) {
    names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  const auto help = replaced(replaced(option.help, '\\', "\\\\"), '\'', "\\'");
  return fmt::format("complete -c gosnoop -n '{}'{}{} -d '{}'\n", condition, names,
                     fish_value(option.value), help);
}

std::string fish_command(const CommandDoc& command) {
  const auto seen = "__fish_seen_subcommand_from " + command.name;
  std::string text = fmt::format("complete -c gosnoop -n __fish_use_subcommand -a {} -d {}\n",
                                 command.name, quoted(command.help));
  for (const auto& option : command.options) text += fish_option(seen, option);
  if (takes(command, "FILE")) text += fmt::format("complete -c gosnoop -n '{}' -F\n", seen);
  if (takes(command, "COMMAND")) {
    text += fmt::format("complete -c gosnoop -n '{}' -a '(__fish_complete_subcommand)'\n", seen);
  }
  return text;
}

}  // namespace

std::string bash_completion(const ProgramDoc& program) {
  const auto names = command_names(program);
  std::string values, commands;
  for (const auto& command : program.commands) {
    values += bash_values(command);
    commands += bash_command(command);
  }
  return fmt::format(R"(# bash completion for gosnoop; made by: gosnoop completion bash
_gosnoop() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command= word words=
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      {}) command=$word; break ;;
    esac
  done
  case "$command $prev" in
{}  esac
  case $command in
    '') words='{} {}' ;;
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _gosnoop gosnoop
)",
                     joined(names, "|"), values, joined(names, " "),
                     joined(option_names(program.options), " "), commands);
}

std::string zsh_completion(const ProgramDoc& program) {
  std::string list, options, commands;
  for (const auto& command : program.commands) {
    list += "    " + quoted(command.name + ":" + command.help) + "\n";
    commands += zsh_command(command);
  }
  for (const auto& option : program.options) options += " \\\n    " + zsh_option(option);
  return fmt::format(R"(#compdef gosnoop
# zsh completion for gosnoop; made by: gosnoop completion zsh
_gosnoop() {{
  local context state line
  local -a commands
  commands=(
{}  )
  _arguments -C{} \
    '1:command:->command' \
    '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
{}      esac ;;
  esac
}}
if [[ $funcstack[1] = _gosnoop ]]; then _gosnoop "$@"; else compdef _gosnoop gosnoop; fi
)",
                     list, options, commands);
}

std::string fish_completion(const ProgramDoc& program) {
  std::string text =
      "# fish completion for gosnoop; made by: gosnoop completion fish\n"
      "complete -c gosnoop -f\n";
  for (const auto& option : program.options) text += fish_option("__fish_use_subcommand", option);
  for (const auto& command : program.commands) text += fish_command(command);
  return text;
}

}  // namespace gosnoop::cli
