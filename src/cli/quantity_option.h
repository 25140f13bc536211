// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gosnoop::cli {

// Parses into `target` by `parse`, with an error that shows the form wanted.
template <typename Target, typename Parse>
CLI::Option* add_quantity(CLI::App* app, const std::string& flags, Target& target, Parse parse,
                          const std::string& form, const std::string& help) {
  auto set = [&target, parse, flags, form](const std::string& text) {
    auto value = parse(text);
    if (!value) throw CLI::ValidationError(flags, "'" + text + "' is not of the form " + form);
    target = *value;
  };
  return app->add_option_function<std::string>(flags, set, help)->type_name(form);
}

}  // namespace gosnoop::cli
