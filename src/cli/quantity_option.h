// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gosnoop::cli {

// What an option wants that names a file.
inline constexpr const char* kFileName = "the name of a file";

// Parses into `target` by `parse`, with an error that says what is wanted: by default something
// like `form`, which --help shows too.
template <typename Target, typename Parse>
CLI::Option* add_quantity(CLI::App* app, const std::string& flags, Target& target, Parse parse,
                          const std::string& form, const std::string& help,
                          const std::string& wants = {}) {
  auto name = flags.substr(flags.rfind(',') + 1);
  auto wanted = wants.empty() ? "something like " + form : wants;
  auto set = [&target, parse, name, wanted](const std::string& text) {
    auto value = parse(text);
    if (!value) throw CLI::ValidationError(name + " wants " + wanted + ", not '" + text + "'");
    target = *value;
  };
  return app->add_option_function<std::string>(flags, set, help)->type_name(form);
}

}  // namespace gosnoop::cli
