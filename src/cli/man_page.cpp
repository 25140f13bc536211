// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <sstream>

#include "cli/command_docs.h"
#include "cli/help.h"

namespace gosnoop::cli {
namespace {

// Text as roff reads it, groff_char(7): a hyphen of an option is a minus, so that it can be copied.
std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

// Lines as they are. One that begins with a dot or a quote would be a request.
std::string verbatim(std::string_view text) {
  std::string result = ".nf\n";
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) result += "\\&" + escaped(line) + "\n";
  return result + ".fi\n";
}

std::string option(const OptionDoc& doc) {
  std::string names;
  for (const auto& name : doc.names) {
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", escaped(name));
  }
  const std::string value = doc.value.empty() ? "" : fmt::format(" \\fI{}\\fR", escaped(doc.value));
  return fmt::format(".TP\n{}{}\n\\&{}\n", names, value, escaped(doc.help));
}

std::string command(const CommandDoc& doc) {
  std::string text = fmt::format(".SS gosnoop {}", escaped(doc.name));
  if (!doc.options.empty()) text += " [OPTIONS]";
  for (const auto& positional : doc.positionals) text += " " + escaped(positional.names.front());
  text += "\n\\&" + escaped(doc.help) + "\n";
  for (const auto& positional : doc.positionals) text += option(positional);
  for (const auto& each : doc.options) text += option(each);
  if (!doc.footer.empty()) text += ".PP\n" + verbatim(doc.footer);
  return text;
}

}  // namespace

std::string man_page(const ProgramDoc& program) {
  const auto purpose = kPurpose.substr(std::string_view("gosnoop: ").size());
  std::string text = fmt::format(".TH GOSNOOP 8 \"\" \"{}\"\n.SH NAME\ngosnoop \\- {}\n",
                                 escaped(program.version), escaped(purpose));
  text += ".SH SYNOPSIS\n.B gosnoop\n.I COMMAND\n[OPTIONS]\n";
  text += ".SH EXAMPLES\n" + verbatim(kRecipes) + ".SH OPTIONS\n";
  for (const auto& each : program.options) text += option(each);
  text += ".SH COMMANDS\n";
  for (const auto& each : program.commands) text += command(each);
  return text + ".SH NOTES\n" + verbatim(kTroubleshooting);
}

}  // namespace gosnoop::cli
