// SPDX-License-Identifier: Apache-2.0
#include "gobin/pclntab.h"

#include <cstddef>

#include "gobin/short_string.h"

namespace gosnoop::gobin {
namespace {

// src/runtime/symtab.go, pcHeader; src/internal/abi/symtab.go, PCLnTabMagic: Go 1.18 and 1.19 have
// the first magic, 1.20 to 1.27 the second. The padding is zero, minLC 1 and ptrSize 8 on x86-64.
constexpr std::uint64_t kMagic118 = 0x08010000'fffffff0;
constexpr std::uint64_t kMagic120 = 0x08010000'fffffff1;
// Go 1.16 and 1.2: only to name them.
constexpr std::uint64_t kMagic116 = 0x08010000'fffffffa;
constexpr std::uint64_t kMagic12 = 0x08010000'fffffffb;

struct PcHeader {
  std::uint64_t magic, function_count, file_count, text_start, funcname, cutab, filetab, pctab,
      pcln;
};
static_assert(sizeof(PcHeader) == 72);

// The tables follow the header (72 bytes; 96 up to Go 1.25) and each other in this order.
bool makes_sense(const PcHeader& header) {
  const bool known = header.magic == kMagic118 || header.magic == kMagic120;
  return known && header.function_count > 0 && header.function_count < (1u << 24) &&
         header.funcname >= 72 && header.funcname <= 128 && header.funcname <= header.cutab &&
         header.cutab <= header.filetab && header.filetab <= header.pctab &&
         header.pctab <= header.pcln;
}

// src/runtime/runtime2.go, _func, Go 1.18 to 1.27. From 1.20 startLine follows.
struct FuncHead {
  std::uint32_t entry_offset;
  std::int32_t name, args;
  std::uint32_t defer_return, pcsp, pcfile, pcln, pcdata_count, unit;
};
static_assert(sizeof(FuncHead) == 36);

struct FuncTail {
  std::uint8_t func_id, flag, pad, funcdata_count;
};

// src/internal/abi/symtab.go (src/runtime/symtab.go in Go 1.19): the same from 1.18 to 1.27.
constexpr std::uint32_t kPcdataInlineIndex = 2;
constexpr std::uint32_t kFuncdataInlineTree = 3;
constexpr std::uint32_t kNoFuncdata = ~0u;
constexpr std::uint32_t kNoFile = ~0u;

Bytes between(Bytes bytes, std::uint64_t begin, std::uint64_t end) {
  return begin <= end ? slice(bytes, begin, end - begin) : Bytes{};
}

void scan_segment(const ElfImage& image, const Segment& segment, std::vector<Pclntab>& found) {
  constexpr std::size_t kEnough = 16;
  const auto bytes = image.from(segment.address);
  const auto first = (8 - segment.address.value % 8) % 8;
  for (std::uint64_t at = first; auto word = read_at<std::uint64_t>(bytes, at); at += 8) {
    if (*word != kMagic120 && *word != kMagic118) continue;
    if (found.size() == kEnough) return;
    if (auto table = Pclntab::at(image, segment.address + at)) found.push_back(*table);
  }
}

}  // namespace

std::optional<Pclntab> Pclntab::at(const ElfImage& image, LinkAddress address) {
  const auto bytes = image.from(address);
  const auto header = read_at<PcHeader>(bytes, 0);
  if (!header || !makes_sense(*header)) return std::nullopt;
  Pclntab table;
  table.address_ = address;
  table.funcname_at_ = header->funcname;
  table.cutab_at_ = header->cutab;
  table.pcln_at_ = header->pcln;
  table.has_start_line_ = header->magic == kMagic120;
  table.function_count_ = static_cast<std::uint32_t>(header->function_count);
  table.funcname_ = between(bytes, header->funcname, header->cutab);
  table.cutab_ = between(bytes, header->cutab, header->filetab);
  table.filetab_ = between(bytes, header->filetab, header->pctab);
  table.pctab_ = between(bytes, header->pctab, header->pcln);
  table.pclntable_ = between(bytes, header->pcln, bytes.size());
  // functab: {entry, record} pairs of u32 and the end of the text.
  if (slice(table.pclntable_, 0, header->function_count * 8 + 4).empty()) return std::nullopt;
  return table;
}

std::vector<Pclntab> Pclntab::candidates(const ElfImage& image) {
  std::vector<Pclntab> found;
  // The second name: a PIE linked by Go itself, up to Go 1.25.
  for (auto name : {".gopclntab", ".data.rel.ro.gopclntab"}) {
    const Section* section = image.find_section(name);
    if (section == nullptr) continue;
    if (auto table = at(image, section->address)) found.push_back(*table);
  }
  if (!found.empty()) return found;
  // No section headers, or a PIE linked by the C linker up to Go 1.25: inside .data.rel.ro.
  for (const auto& segment : image.segments()) scan_segment(image, segment, found);
  return found;
}

bool Pclntab::has_old_format(const ElfImage& image) {
  const Section* section = image.find_section(".gopclntab");
  const auto magic = section ? read_at<std::uint64_t>(image.from(section->address), 0) : 0;
  return magic == kMagic116 || magic == kMagic12;
}

std::uint32_t Pclntab::entry_offset(std::uint32_t index) const {
  return read_at<std::uint32_t>(pclntable_, std::uint64_t{index} * 8).value_or(0);
}

std::uint32_t Pclntab::code_size(std::uint32_t index) const {
  const auto begin = entry_offset(index), end = entry_offset(index + 1);
  return end > begin ? end - begin : 0;
}

bool Pclntab::entries_ascend() const {
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i <= function_count_; i++) {
    const auto entry = entry_offset(i);
    if (entry < last) return false;
    last = entry;
  }
  return true;
}

std::optional<std::uint32_t> Pclntab::index_of(std::uint64_t text_offset) const {
  if (text_offset < entry_offset(0) || text_offset >= entry_offset(function_count_)) {
    return std::nullopt;
  }
  std::uint32_t low = 0, high = function_count_;  // entry(low) <= text_offset < entry(high)
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (entry_offset(middle) <= text_offset ? low : high) = middle;
  }
  return low;
}

std::optional<std::uint64_t> Pclntab::record_offset(std::uint32_t index) const {
  if (index >= function_count_) return std::nullopt;
  return read_at<std::uint32_t>(pclntable_, std::uint64_t{index} * 8 + 4);
}

std::optional<FunctionRecord> Pclntab::record(std::uint32_t index) const {
  const auto offset = record_offset(index);
  if (!offset) return std::nullopt;
  Cursor cursor(pclntable_, *offset);
  const auto head = cursor.read<FuncHead>();
  if (has_start_line_) cursor.read<std::int32_t>();
  const auto tail = cursor.read<FuncTail>();
  if (!head || !tail) return std::nullopt;
  const auto word = [&](std::uint64_t i) {
    return read_at<std::uint32_t>(pclntable_, cursor.offset() + i * 4);
  };
  FunctionRecord record{head->name, head->pcsp, head->pcfile,  head->pcln, 0,
                        head->unit, {},         tail->func_id, tail->flag};
  if (head->pcdata_count > kPcdataInlineIndex) {
    record.inline_index = word(kPcdataInlineIndex).value_or(0);
  }
  if (tail->funcdata_count > kFuncdataInlineTree) {
    const auto tree = word(std::uint64_t{head->pcdata_count} + kFuncdataInlineTree);
    if (tree != kNoFuncdata) record.inline_tree = tree;
  }
  return record;
}

std::string_view Pclntab::name_at(std::int32_t offset) const {
  return offset < 0 ? std::string_view{} : short_string_at(funcname_, offset);
}

std::string_view Pclntab::function_name(std::uint32_t index) const {
  const auto offset = record_offset(index);
  if (!offset) return {};
  return name_at(
      read_at<std::int32_t>(pclntable_, *offset + offsetof(FuncHead, name)).value_or(-1));
}

std::string_view Pclntab::file_name(std::uint32_t unit, std::int32_t file) const {
  if (file < 0) return {};
  const auto slot = std::uint64_t{unit} + static_cast<std::uint32_t>(file);
  const auto offset = read_at<std::uint32_t>(cutab_, slot * 4);
  if (!offset || *offset == kNoFile) return {};
  return short_string_at(filetab_, *offset);
}

}  // namespace gosnoop::gobin
