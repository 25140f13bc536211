// SPDX-License-Identifier: Apache-2.0
#include "gobin/dwarf_copy.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace gosnoop::gobin {
namespace {

constexpr auto kNeeded =
    std::to_array<std::string_view>({".debug_abbrev", ".debug_info", ".debug_str",
                                     ".debug_line_str", ".debug_str_offsets", ".debug_addr"});

// ElfImage's Section has no flags; SHF_COMPRESSED is read from the section header itself.
std::vector<Elf64_Shdr> section_headers(const ElfImage& image) {
  std::vector<Elf64_Shdr> headers;
  const auto elf = read_at<Elf64_Ehdr>(image.file(), 0);
  if (!elf) return headers;
  for (std::size_t i = 0; i < image.sections().size(); i++) {
    const auto header = read_at<Elf64_Shdr>(image.file(), elf->e_shoff + i * sizeof(Elf64_Shdr));
    if (!header) return {};
    headers.push_back(*header);
  }
  return headers;
}

class ElfWriter {
 public:
  ElfWriter() : content_(sizeof(Elf64_Ehdr)), headers_(1), names_(1, '\0') {}

  void add(std::string_view name, const Elf64_Shdr& original, Bytes content) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names_.size());
    header.sh_type = original.sh_type;
    header.sh_flags = original.sh_flags & SHF_COMPRESSED;
    header.sh_addralign = 8;
    header.sh_offset = append(content);
    header.sh_size = content.size();
    headers_.push_back(header);
    names_.insert(names_.end(), name.begin(), name.end());
    names_.push_back('\0');
  }

  std::vector<std::byte> finish() && {
    Elf64_Shdr names{};
    names.sh_type = SHT_STRTAB;
    add(".shstrtab", names, {});
    headers_.back().sh_offset = append(std::as_bytes(std::span(names_)));
    headers_.back().sh_size = names_.size();
    const auto table = append(std::as_bytes(std::span(headers_)));
    write_header(table);
    return std::move(content_);
  }

 private:
  std::uint64_t append(Bytes bytes) {
    content_.resize((content_.size() + 7) / 8 * 8);
    const auto offset = content_.size();
    content_.insert(content_.end(), bytes.begin(), bytes.end());
    return offset;
  }

  void write_header(std::uint64_t table) {
    Elf64_Ehdr elf{};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = ELFCLASS64;
    elf.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.e_ident[EI_VERSION] = EV_CURRENT;
    elf.e_type = ET_EXEC;
    elf.e_machine = EM_X86_64;
    elf.e_version = EV_CURRENT;
    elf.e_ehsize = sizeof(Elf64_Ehdr);
    elf.e_shentsize = sizeof(Elf64_Shdr);
    elf.e_shoff = table;
    elf.e_shnum = static_cast<Elf64_Half>(headers_.size());
    elf.e_shstrndx = static_cast<Elf64_Half>(headers_.size() - 1);
    std::memcpy(content_.data(), &elf, sizeof elf);
  }

  std::vector<std::byte> content_;
  std::vector<Elf64_Shdr> headers_;
  std::vector<char> names_;
};

}  // namespace

std::vector<std::byte> copy_type_sections(const ElfImage& image) {
  const auto headers = section_headers(image);
  if (headers.size() != image.sections().size()) return {};
  ElfWriter writer;
  int found = 0;
  for (auto name : kNeeded) {
    const Section* section = image.find_section(name);
    if (section == nullptr || section->type == SHT_NOBITS) continue;
    const auto content = slice(image.file(), section->offset.value, section->size);
    writer.add(name, headers[static_cast<std::size_t>(section - image.sections().data())], content);
    found++;
  }
  return found >= 2 ? std::move(writer).finish() : std::vector<std::byte>{};
}

}  // namespace gosnoop::gobin
