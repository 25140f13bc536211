// SPDX-License-Identifier: Apache-2.0
#include "output/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output/json_parts.h"

namespace gosnoop::output {
namespace {

std::string type_name(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::kCounter:
      return "counter";
    case Exposition::Type::kGauge:
      return "gauge";
    case Exposition::Type::kHistogram:
      break;
  }
  return "histogram";
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

// The JSON library knows what UTF-8 is, and replaces what is none.
std::string utf8(const std::string& text) {
  if (is_ascii(text)) return text;
  return Json::parse(dump(Json(text), -1)).get<std::string>();
}

std::string escaped(const std::string& value) {
  std::string text;
  for (char c : utf8(value)) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

std::string labels_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "{" : ",", name, escaped(value));
  }
  return text.empty() ? text : text + "}";
}

void Exposition::Family::add(std::string_view suffix, const Labels& labels, double value) {
  text_ += fmt::format("{}{}{} {}\n", name_, suffix, labels_text(labels), number(value));
}

Exposition::Family& Exposition::family(std::string_view name, Type type, std::string_view help) {
  auto known = families_.find(name);
  if (known != families_.end()) return known->second;
  auto& family = families_[std::string(name)];
  family.name_ = name;
  order_.emplace_back(fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type_name(type)),
                      &family);
  return family;
}

std::string Exposition::text() const {
  std::string text;
  for (const auto& [header, family] : order_) {
    if (!family->text_.empty()) text += header + family->text_;
  }
  return text;
}

}  // namespace gosnoop::output
