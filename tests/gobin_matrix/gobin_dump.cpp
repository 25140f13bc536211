// SPDX-License-Identifier: Apache-2.0
// Prints what GoBinary says about a binary as JSON, for run.py to compare with Go's own tools.
// usage: gobin_dump BINARY [--functions] [--inlined NAME]... < hexadecimal pcs, one a line
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "gobin/go_binary.h"
#include "gobin/layout_fields.h"

namespace {

using namespace gosnoop;
using nlohmann::json;

json layout_json(gobin::RuntimeLayout layout) {
  json fields;
  for (const auto& field : gobin::kLayoutFields) {
    fields.push_back({field.type, field.path, field.in(layout)});
  }
  return {{"source", static_cast<int>(layout.source)}, {"fields", fields}};
}

json lines_json(const gobin::GoBinary& binary, LinkAddress pc) {
  json lines = json::array();
  for (const auto& line : binary.lines_at(pc)) {
    lines.push_back({line.function, line.file, line.line});
  }
  return lines;
}

json functions_json(const gobin::GoBinary& binary) {
  json functions = json::array();
  for (std::size_t i = 0; i < binary.function_count(); i++) {
    const auto function = binary.function(i);
    functions.push_back({function.name, function.entry.value, function.end.value});
  }
  return functions;
}

json inlined_json(const gobin::GoBinary& binary, const std::vector<std::string_view>& names) {
  json copies = json::array();
  for (const auto& copy : binary.inlined_copies(names)) copies.push_back({copy.callee, copy.into});
  return copies;
}

json summary_json(const gobin::GoBinary& binary) {
  return {{"version", binary.go_version()},
          {"minor", binary.go_minor()},
          {"module", binary.module_path()},
          {"build_id", binary.build_id()},
          {"stripped", binary.stripped()},
          {"dwarf", binary.has_dwarf()},
          {"function_count", binary.function_count()},
          {"layout", layout_json(binary.layout())},
          {"table", layout_json(gobin::layout_from_table(binary.go_minor()))},
          {"allgs", binary.globals().allgs.value},
          {"allgptr", binary.globals().allgptr.value},
          {"allglen", binary.globals().allglen.value},
          {"allp", binary.globals().allp.value},
          {"sched", binary.globals().goidgen.value},  // its first field
          {"tls_kind", static_cast<int>(binary.tls_offset().kind)},
          {"tls_offset", binary.tls_offset().offset},
          {"wait_reasons", binary.wait_reasons()}};
}

}  // namespace

int main(int argc, char** argv) {
  const auto file = MappedFile::open(argc > 1 ? argv[1] : "", FileKind::kProgram);
  if (!file) return std::cerr << file.error().message << "\n", 2;
  const auto start = std::chrono::steady_clock::now();
  const auto binary = gobin::GoBinary::parse(file->bytes());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (!binary) {
    return std::cerr << binary.error().message << "\n", static_cast<int>(binary.error().code);
  }
  json output = summary_json(*binary);
  output["parse_ms"] = took.count();
  std::vector<std::string_view> inlined;
  for (int i = 2; i < argc; i++) {
    const std::string_view argument = argv[i];
    if (argument == "--functions") output["functions"] = functions_json(*binary);
    if (argument == "--inlined" && i + 1 < argc) inlined.push_back(argv[++i]);
  }
  if (!inlined.empty()) output["inlined"] = inlined_json(*binary, inlined);
  for (std::uint64_t pc; std::cin >> std::hex >> pc;) {
    output["pcs"].push_back({{"pc", pc},
                             {"lines", lines_json(*binary, {pc})},
                             {"sp_delta", binary->sp_delta({pc}).value_or(-1)}});
  }
  std::cout << output.dump() << "\n";
}
