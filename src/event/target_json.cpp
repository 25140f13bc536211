// SPDX-License-Identifier: Apache-2.0
#include "event/target_json.h"

#include <nlohmann/json.hpp>

namespace gosnoop::event {
namespace {

using nlohmann::json;

void read(const json& document, const char* key, std::string& to) {
  if (auto it = document.find(key); it != document.end() && it->is_string()) {
    to = it->get<std::string>();
  }
}

void read(const json& document, const char* key, bool& to) {
  if (auto it = document.find(key); it != document.end() && it->is_boolean()) {
    to = it->get<bool>();
  }
}

template <typename Integer>
void read_integer(const json& document, const char* key, Integer& to) {
  if (auto it = document.find(key); it != document.end() && it->is_number_integer()) {
    to = it->get<Integer>();
  }
}

void read(const json& document, const char* key, std::vector<std::string>& to) {
  auto it = document.find(key);
  if (it == document.end() || !it->is_array()) return;
  // An index has a meaning (g.waitreason), so an entry of another type keeps its place.
  for (const json& entry : *it) {
    to.push_back(entry.is_string() ? entry.get<std::string>() : std::string());
  }
}

}  // namespace

std::string target_to_json(const Target& target) {
  json document = {
      {"pid", target.pid},
      {"exe", target.exe},
      {"go_version", target.go_version},
      {"module", target.module},
      {"build_id", target.build_id},
      {"stripped", target.stripped},
      {"min_block_ns", target.min_block_ns},
      {"probes", target.probes},
      {"lives", target.lives},
      {"wait_reasons", target.wait_reasons},
  };
  // A path may be any bytes; JSON must be UTF-8.
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Target> target_from_json(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  Target target;
  read_integer(document, "pid", target.pid);
  read(document, "exe", target.exe);
  read(document, "go_version", target.go_version);
  read(document, "module", target.module);
  read(document, "build_id", target.build_id);
  read(document, "stripped", target.stripped);
  read_integer(document, "min_block_ns", target.min_block_ns);
  read(document, "probes", target.probes);
  read(document, "lives", target.lives);
  read(document, "wait_reasons", target.wait_reasons);
  return target;
}

}  // namespace gosnoop::event
