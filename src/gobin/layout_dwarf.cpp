// SPDX-License-Identifier: Apache-2.0
#include "gobin/layout_dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "gobin/dwarf_copy.h"
#include "gobin/layout_fields.h"

namespace gosnoop::gobin {
namespace {

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
struct CloseDwarf {
  void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
using Types = std::map<std::string_view, Dwarf_Die>;

std::string_view name_of(Dwarf_Die& die) {
  const char* name = dwarf_diename(&die);
  return name == nullptr ? std::string_view{} : name;
}

// Calls visit(child) until it returns false. Damaged sibling references may lead back; then it
// ends.
template <typename Visit>
void for_each_child(Dwarf_Die& parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  while (visit(child)) {
    Dwarf_Die next;
    if (dwarf_siblingof(&child, &next) != 0) return;
    if (dwarf_dieoffset(&next) <= dwarf_dieoffset(&child)) return;
    child = next;
  }
}

// Takes what is still wanted; returns whether that was the last of it.
bool take_types(Dwarf_Die& unit, std::set<std::string_view>& wanted, Types& found) {
  for_each_child(unit, [&](Dwarf_Die& die) {
    if (dwarf_tag(&die) != DW_TAG_structure_type) return true;
    const auto type = wanted.find(name_of(die));
    if (type == wanted.end()) return true;
    found[*type] = die;
    wanted.erase(type);
    return !wanted.empty();
  });
  return wanted.empty();
}

// cmd/link/internal/ld/dwarf.go, Go 1.19 to 1.27: units are named by their package. There are
// several of the runtime, one for each assembly file too; one of them has the types of all
// packages.
Types find_types(Dwarf* dwarf) {
  Types found;
  std::set<std::string_view> wanted;
  for (const auto& field : kLayoutFields) wanted.insert(field.type);
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, nullptr) == 0) {
    if (name_of(die) == "runtime" && take_types(die, wanted, found)) break;
  }
  return found;
}

std::optional<Dwarf_Die> member_of(Dwarf_Die& type, std::string_view name) {
  std::optional<Dwarf_Die> found;
  for_each_child(type, [&](Dwarf_Die& die) {
    if (dwarf_tag(&die) == DW_TAG_member && name_of(die) == name) found = die;
    return !found;
  });
  return found;
}

std::optional<Dwarf_Die> type_of(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type, peeled;
  if (dwarf_attr(&die, DW_AT_type, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formref_die(&attribute, &type) == nullptr) return std::nullopt;
  if (dwarf_peel_type(&type, &peeled) != 0) return std::nullopt;
  return peeled;
}

std::optional<std::int32_t> number(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formudata(&attribute, &value) != 0 || value > INT16_MAX) return std::nullopt;
  return static_cast<std::int32_t>(value);
}

// The offset of a dotted path of members; "" is the size of the type.
std::optional<std::int32_t> resolve(Dwarf_Die type, std::string_view path) {
  if (path.empty()) return number(type, DW_AT_byte_size);
  const auto dot = path.find('.');
  auto member = member_of(type, path.substr(0, dot));
  const auto offset = member ? number(*member, DW_AT_data_member_location) : std::nullopt;
  if (!offset || dot == path.npos) return offset;
  const auto inner_type = type_of(*member);
  const auto inner = inner_type ? resolve(*inner_type, path.substr(dot + 1)) : std::nullopt;
  if (!inner) return std::nullopt;
  return *offset + *inner;
}

std::int32_t first_of(const Dwarf_Die& type, std::string_view alternatives) {
  const auto bar = alternatives.find('|');
  if (const auto offset = resolve(type, alternatives.substr(0, bar))) return *offset;
  if (bar == alternatives.npos) return kNoField;
  return first_of(type, alternatives.substr(bar + 1));
}

// Whether every field is there that all Go versions from 1.19 have.
bool complete(RuntimeLayout& layout) {
  auto oldest = layout_from_table(19);
  for (const auto& field : kLayoutFields) {
    if (field.in(oldest) != kNoField && field.in(layout) == kNoField) return false;
  }
  return true;
}

std::optional<RuntimeLayout> read_layout(Dwarf* dwarf) {
  const auto types = find_types(dwarf);
  RuntimeLayout layout;
  layout.source = RuntimeLayout::Source::kDwarf;
  for (const auto& field : kLayoutFields) {
    const auto type = types.find(field.type);
    if (type != types.end()) field.in(layout) = first_of(type->second, field.path);
  }
  if (!complete(layout)) return std::nullopt;
  return layout;
}

}  // namespace

bool has_dwarf(const ElfImage& image) {
  return image.find_section(".debug_info") != nullptr ||
         image.find_section(".zdebug_info") != nullptr;  // the GNU way, up to Go 1.18
}

std::optional<RuntimeLayout> layout_from_dwarf(const ElfImage& image) {
  auto copy = copy_type_sections(image);
  if (copy.empty()) return std::nullopt;
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, CloseElf> elf(
      elf_memory(reinterpret_cast<char*>(copy.data()), copy.size()));
  if (!elf) return std::nullopt;
  const std::unique_ptr<Dwarf, CloseDwarf> dwarf(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
  return dwarf ? read_layout(dwarf.get()) : std::nullopt;
}

std::optional<RuntimeLayout> layout_from_dwarf(const std::byte* file, std::size_t size) {
  const auto image = ElfImage::parse({file, size});
  return image ? layout_from_dwarf(*image) : std::nullopt;
}

}  // namespace gosnoop::gobin
