// SPDX-License-Identifier: Apache-2.0
#include "gobin/elf_image.h"

#include <algorithm>

#include "gobin/elf_parts.h"
#include "gobin/short_string.h"

namespace gosnoop::gobin {
namespace {

constexpr std::uint64_t kPageSize = 4096;

std::vector<Segment> load_segments(const std::vector<Elf64_Phdr>& headers) {
  std::vector<Segment> segments;
  for (const auto& header : headers) {
    if (header.p_type != PT_LOAD) continue;
    segments.push_back({{header.p_vaddr},
                        {header.p_offset},
                        header.p_filesz,
                        header.p_memsz,
                        (header.p_flags & PF_W) != 0,
                        (header.p_flags & PF_X) != 0});
  }
  return segments;
}

std::vector<Section> name_sections(Bytes file, const Elf64_Ehdr& header,
                                   const std::vector<Elf64_Shdr>& headers) {
  Bytes names;
  if (header.e_shstrndx < headers.size()) {
    const auto& table = headers[header.e_shstrndx];
    if (table.sh_type == SHT_STRTAB) names = slice(file, table.sh_offset, table.sh_size);
  }
  std::vector<Section> sections;
  sections.reserve(headers.size());
  for (const auto& section : headers) {
    sections.push_back({short_string_at(names, section.sh_name, 256),
                        {section.sh_addr},
                        {section.sh_offset},
                        section.sh_size,
                        section.sh_type});
  }
  return sections;
}

// PT_DYNAMIC is what the loader itself goes by, and is there without section headers too.
std::vector<Relocation> dynamic_relocations(const ElfImage& image,
                                            const std::vector<Elf64_Phdr>& headers) {
  std::uint64_t table = 0, size = 0;
  for (const auto& header : headers) {
    if (header.p_type != PT_DYNAMIC) continue;
    Cursor cursor(slice(image.file(), header.p_offset, header.p_filesz));
    for (auto entry = cursor.read<Elf64_Dyn>(); entry && entry->d_tag != DT_NULL;
         entry = cursor.read<Elf64_Dyn>()) {
      if (entry->d_tag == DT_RELA) table = entry->d_un.d_ptr;
      if (entry->d_tag == DT_RELASZ) size = entry->d_un.d_val;
    }
  }
  std::vector<Relocation> relocations;
  append_relative_relocations(image.at({table}, size), relocations);
  return relocations;
}

std::vector<Relocation> section_relocations(Bytes file, const std::vector<Elf64_Shdr>& headers) {
  std::vector<Relocation> relocations;
  for (const auto& header : headers) {
    if (header.sh_type != SHT_RELA || (header.sh_flags & SHF_ALLOC) == 0) continue;
    if (relocations.size() * sizeof(Elf64_Rela) > file.size()) break;  // sections overlap
    append_relative_relocations(slice(file, header.sh_offset, header.sh_size), relocations);
  }
  return relocations;
}

bool by_address(const Relocation& a, const Relocation& b) { return a.address < b.address; }

BuildIds find_build_ids(Bytes file, const std::vector<Elf64_Phdr>& programs,
                        const std::vector<Elf64_Shdr>& sections) {
  BuildIds ids;
  for (const auto& header : programs) {
    if (header.p_type != PT_NOTE) continue;
    read_build_ids(slice(file, header.p_offset, header.p_filesz), header.p_align, ids);
  }
  for (const auto& header : sections) {
    if (header.sh_type != SHT_NOTE) continue;
    read_build_ids(slice(file, header.sh_offset, header.sh_size), header.sh_addralign, ids);
  }
  return ids;
}

}  // namespace

ElfImage ElfImage::make(Bytes file, const ElfHeaders& headers) {
  ElfImage image;
  image.file_ = file;
  image.position_independent_ = headers.file.e_type == ET_DYN;
  image.segments_ = load_segments(headers.programs);
  image.sections_ = name_sections(file, headers.file, headers.sections);
  return image;
}

Result<ElfImage> ElfImage::parse_headers(Bytes file) {
  TRY_ASSIGN(const auto headers, read_elf_headers(file));
  return make(file, headers);
}

Result<ElfImage> ElfImage::parse(Bytes file) {
  TRY_ASSIGN(const auto headers, read_elf_headers(file));
  auto image = make(file, headers);
  image.relocations_ = dynamic_relocations(image, headers.programs);
  if (image.relocations_.empty()) image.relocations_ = section_relocations(file, headers.sections);
  if (!std::is_sorted(image.relocations_.begin(), image.relocations_.end(), by_address)) {
    std::sort(image.relocations_.begin(), image.relocations_.end(), by_address);
  }
  auto ids = find_build_ids(file, headers.programs, headers.sections);
  image.gnu_build_id_ = std::move(ids.gnu);
  image.go_build_id_ = std::move(ids.go);
  return image;
}

const Section* ElfImage::find_section(std::string_view name) const {
  for (const auto& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

const Segment* ElfImage::segment_of(LinkAddress address) const {
  for (const auto& segment : segments_) {
    if (address >= segment.address && address - segment.address < segment.file_size) {
      return &segment;
    }
  }
  return nullptr;
}

std::optional<FileOffset> ElfImage::to_file_offset(LinkAddress address) const {
  const Segment* segment = segment_of(address);
  if (segment == nullptr) return std::nullopt;
  return segment->offset + (address - segment->address);
}

LinkAddress ElfImage::load_base() const {
  LinkAddress lowest{~0ull};
  for (const auto& segment : segments_) lowest = std::min(lowest, segment.address);
  return segments_.empty() ? LinkAddress{} : LinkAddress{lowest.value & ~(kPageSize - 1)};
}

Bytes ElfImage::at(LinkAddress address, std::uint64_t size) const {
  return slice(from(address), 0, size);
}

Bytes ElfImage::from(LinkAddress address) const {
  const Segment* segment = segment_of(address);
  if (segment == nullptr) return {};
  const auto skip = address - segment->address;
  return slice(file_, segment->offset.value + skip, segment->file_size - skip);
}

std::optional<std::uint64_t> ElfImage::word(LinkAddress address) const {
  const auto at = std::lower_bound(relocations_.begin(), relocations_.end(), Relocation{address, 0},
                                   by_address);
  if (at != relocations_.end() && at->address == address) return at->value;
  return read_at<std::uint64_t>(from(address), 0);
}

}  // namespace gosnoop::gobin
