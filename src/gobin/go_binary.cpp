// SPDX-License-Identifier: Apache-2.0
#include "gobin/go_binary.h"

#include <fmt/format.h>

#include <mutex>

#include "gobin/build_info.h"
#include "gobin/function_ids.h"
#include "gobin/function_index.h"
#include "gobin/inline_tree.h"
#include "gobin/layout_dwarf.h"
#include "gobin/moduledata.h"
#include "gobin/pc_values.h"
#include "gobin/pclntab.h"
#include "gobin/runtime_globals.h"
#include "gobin/source_lines.h"
#include "gobin/tls.h"
#include "gobin/wait_reasons.h"

namespace gosnoop::gobin {
namespace {

struct Tables {
  Pclntab functions;
  Moduledata module;
};

Error no_tables(const ElfImage& image, const std::optional<BuildInfo>& info, bool has_functions) {
  if (!info && !has_functions) {
    return {ErrorCode::kNotGo,
            "the program was not built by Go: it has neither Go build info nor a "
            "Go function table",
            "name a Go program; a wrapper script's child is another process"};
  }
  const auto version = info ? info->go_version : std::string("an unknown Go version");
  if (Pclntab::has_old_format(image)) {
    return {ErrorCode::kUnsupportedGo, fmt::format("built by {}, before Go 1.18", version),
            "rebuild the program with Go 1.19 or newer"};
  }
  if (!has_functions) {
    return {ErrorCode::kUnsupportedGo,
            fmt::format("built by {}, but no function table (pclntab) is found", version),
            "a compressed or obfuscated binary cannot be traced: run the original one"};
  }
  return {
      ErrorCode::kBadElf,
      fmt::format("built by {}, but no runtime.firstmoduledata fits its function table", version),
      "the file is damaged, or packed: compare it with the original"};
}

Result<Tables> find_tables(const ElfImage& image, const std::optional<BuildInfo>& info) {
  const auto candidates = Pclntab::candidates(image);
  for (const auto& functions : candidates) {
    const auto minor = info ? info->go_minor : kUnknownMinor;
    const auto module = find_moduledata(image, functions, minor);
    if (!module) continue;
    if (!functions.entries_ascend()) {
      return fail(ErrorCode::kBadElf, "the function table (pclntab) is not in ascending order",
                  "the file is damaged: compare its checksum with the original");
    }
    return Tables{functions, *module};
  }
  return fail(no_tables(image, info, !candidates.empty()));
}

RuntimeLayout choose_layout(const ElfImage& image, int go_minor, LayoutFrom first) {
  const auto from_table = layout_from_table(go_minor);
  const bool exact = from_table.source == RuntimeLayout::Source::kTable;
  if (first == LayoutFrom::kTable && exact) return from_table;
  return layout_from_dwarf(image).value_or(from_table);
}

}  // namespace

struct GoBinary::Impl {
  ElfImage image;
  BuildInfo info;
  Pclntab functions;
  Moduledata module;
  std::string build_id;
  RuntimeLayout layout;
  RuntimeGlobals globals;
  TlsOffset tls_offset;
  std::vector<std::string> wait_reasons;

  Impl(ElfImage elf, BuildInfo build_info, const Tables& tables)
      : image(std::move(elf)),
        info(std::move(build_info)),
        functions(tables.functions),
        module(tables.module) {
    build_id = image.gnu_build_id().empty() ? image.go_build_id() : image.gnu_build_id();
  }

  Code code_of(std::string_view name) const {
    const auto found = scan_for_function(functions, name, info.go_minor);
    if (!found) return {};
    const auto entry = entry_of(*found);
    return {entry, image.at(entry, functions.code_size(*found))};
  }
  LinkAddress entry_of(std::uint32_t function) const {
    return module.text + functions.entry_offset(function);
  }
  std::optional<std::uint32_t> index_of(LinkAddress pc) const {
    if (pc < module.text) return std::nullopt;
    return functions.index_of(pc - module.text);
  }
  Function function(std::uint32_t i) const {
    return {entry_of(i), entry_of(i + 1), functions.function_name(i), i};
  }

  // Made when it is first asked for: not every command looks for functions by name.
  const FunctionIndex& index() const {
    std::call_once(index_once, [this] { made_index.emplace(functions); });
    return *made_index;
  }

  RuntimeCode runtime_code() const;
  Result<void> read_runtime(LayoutFrom layout_from);

 private:
  mutable std::once_flag index_once;
  mutable std::optional<FunctionIndex> made_index;
};

// A profile (-pgo) may inline newproc1 into the function literal of newproc, its only caller then.
RuntimeCode GoBinary::Impl::runtime_code() const {
  RuntimeCode code{.allgadd = code_of("runtime.allgadd"),
                   .for_each_g_race = code_of("runtime.forEachGRace"),
                   .preemptall = code_of("runtime.preemptall"),
                   .newproc1 = code_of("runtime.newproc1")};
  if (code.newproc1.bytes.empty()) code.newproc1 = code_of("runtime.newproc.func1");
  return code;
}

// What the runtime's own code and data say about it.
Result<void> GoBinary::Impl::read_runtime(LayoutFrom layout_from) {
  const auto tls = decode_tls_offset(code_of("runtime.mcall"));
  if (!tls) {
    return fail(ErrorCode::kUnsupportedGo,
                fmt::format("{}: runtime.mcall does not store g as in any known Go version",
                            info.go_version.empty() ? "unknown Go version" : info.go_version),
                "an obfuscated binary cannot be traced; for a new Go version, update gosnoop");
  }
  tls_offset = *tls;
  globals = find_runtime_globals(image, runtime_code());
  wait_reasons = read_wait_reasons(image, code_of("runtime.waitReason.String"));
  if (wait_reasons.empty()) wait_reasons = wait_reasons_from_table(info.go_minor);
  layout = choose_layout(image, info.go_minor, layout_from);
  return {};
}

GoBinary::GoBinary(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GoBinary::GoBinary(GoBinary&&) noexcept = default;
GoBinary& GoBinary::operator=(GoBinary&&) noexcept = default;
GoBinary::~GoBinary() = default;

Result<GoBinary> GoBinary::parse(Bytes file, LayoutFrom layout_from) {
  TRY_ASSIGN(auto image, ElfImage::parse(file));
  const auto info = find_build_info(image);
  TRY_ASSIGN(const auto tables, find_tables(image, info));
  auto impl = std::make_unique<Impl>(std::move(image), info.value_or(BuildInfo{}), tables);
  TRY(impl->read_runtime(layout_from));
  return GoBinary(std::move(impl));
}

const ElfImage& GoBinary::image() const { return impl_->image; }
const std::string& GoBinary::go_version() const { return impl_->info.go_version; }
int GoBinary::go_minor() const { return impl_->info.go_minor; }
const std::string& GoBinary::module_path() const { return impl_->info.module_path; }
const std::string& GoBinary::build_id() const { return impl_->build_id; }
bool GoBinary::has_dwarf() const { return gobin::has_dwarf(impl_->image); }
const RuntimeLayout& GoBinary::layout() const { return impl_->layout; }
const RuntimeGlobals& GoBinary::globals() const { return impl_->globals; }
const TlsOffset& GoBinary::tls_offset() const { return impl_->tls_offset; }
const std::vector<std::string>& GoBinary::wait_reasons() const { return impl_->wait_reasons; }

bool GoBinary::stripped() const {
  return impl_->image.find_section(".symtab") == nullptr && !has_dwarf();
}

std::size_t GoBinary::function_count() const { return impl_->functions.function_count(); }

Function GoBinary::function(std::size_t index) const {
  return impl_->function(static_cast<std::uint32_t>(index));
}

std::optional<Function> GoBinary::function_at(LinkAddress pc) const {
  const auto index = impl_->index_of(pc);
  if (!index) return std::nullopt;
  return impl_->function(*index);
}

std::optional<Function> GoBinary::find_function(std::string_view name) const {
  const auto index = impl_->index().find(impl_->functions, name, impl_->info.go_minor);
  if (!index) return std::nullopt;
  return impl_->function(*index);
}

std::optional<std::int32_t> GoBinary::sp_delta(LinkAddress pc) const {
  const auto index = impl_->index_of(pc);
  const auto record = index ? impl_->functions.record(*index) : std::nullopt;
  if (!record) return std::nullopt;
  const auto delta = pc_value(impl_->functions.pctab(), record->pcsp,
                              impl_->functions.code_size(*index), pc - impl_->entry_of(*index));
  if (delta == -1) return std::nullopt;
  return delta;
}

FunctionFlags GoBinary::flags(const Function& function) const {
  constexpr unsigned kTopFrame = 1, kSpWrite = 2;
  const auto record = impl_->functions.record(function.index);
  const unsigned bits = record ? record->flags : 0u;
  return {(bits & kTopFrame) != 0, (bits & kSpWrite) != 0};
}

std::vector<SourceLine> GoBinary::lines_at(LinkAddress pc) const {
  const auto index = impl_->index_of(pc);
  if (!index) return {};
  return source_lines(impl_->image, impl_->functions, impl_->module.gofunc, *index,
                      pc - impl_->entry_of(*index), wrapper_id(go_minor()));
}

Bytes GoBinary::code(const Function& function) const {
  if (function.end < function.entry) return {};
  return impl_->image.at(function.entry, function.end - function.entry);
}

std::vector<GoBinary::InlinedCopy> GoBinary::inlined_copies(
    std::span<const std::string_view> names) const {
  return find_inlined_copies(impl_->image, impl_->functions, impl_->module.gofunc, names);
}

}  // namespace gosnoop::gobin
