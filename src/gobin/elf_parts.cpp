// SPDX-License-Identifier: Apache-2.0
#include "gobin/elf_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace gosnoop::gobin {
namespace {

constexpr const char* kDamagedHint =
    "the file is cut short or damaged: compare its size and checksum with the original";
constexpr const char* kNotElfHint =
    "name the executable itself; for a script, trace the program that it starts";

template <typename... Args>
tl::unexpected<Error> damaged(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kBadElf, fmt::format(format, std::forward<Args>(args)...), kDamagedHint);
}

bool range_in_file(Bytes file, std::uint64_t offset, std::uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_AARCH64:
      return "arm64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    case EM_LOONGARCH:
      return "loong64";
    default:
      return fmt::format("machine {}", machine);
  }
}

Result<void> check_magic(Bytes file) {
  if (file.empty()) return damaged("the file is empty");
  const auto known = std::min<std::size_t>(file.size(), SELFMAG);
  if (std::memcmp(file.data(), ELFMAG, known) != 0) {
    return fail(ErrorCode::kNotGo, "not an ELF file (its first bytes are not 7f 45 4c 46)",
                kNotElfHint);
  }
  if (file.size() < sizeof(Elf64_Ehdr)) {
    return damaged("the file has {} bytes, less than an ELF header", file.size());
  }
  return {};
}

Result<void> check_target(const Elf64_Ehdr& header) {
  const bool ours = header.e_ident[EI_CLASS] == ELFCLASS64 &&
                    header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_X86_64;
  if (!ours) {
    return fail(ErrorCode::kUnsupportedGo,
                fmt::format("the executable is for {}", machine_name(header.e_machine)),
                "gosnoop traces x86-64 programs on Linux");
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return damaged("ELF type {} is neither an executable nor a shared object", header.e_type);
  }
  return {};
}

Result<void> check_load_segment(Bytes file, const Elf64_Phdr& header, unsigned index) {
  if (!range_in_file(file, header.p_offset, header.p_filesz)) {
    return damaged("segment {} (offset {:#x}, size {:#x}) ends behind the file's {:#x} bytes",
                   index, header.p_offset, header.p_filesz, file.size());
  }
  if (header.p_filesz > header.p_memsz || header.p_vaddr + header.p_memsz < header.p_vaddr) {
    return damaged("segment {} has impossible sizes (file {:#x}, memory {:#x} at {:#x})", index,
                   header.p_filesz, header.p_memsz, header.p_vaddr);
  }
  return {};
}

std::string to_hex(Bytes bytes) {
  std::string text;
  for (auto byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::string to_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// NT_GNU_BUILD_ID of the linker; type 4 of "Go" is Go's (cmd/internal/buildid/note.go, 1.5
// to 1.27).
void take_note(std::string_view name, std::uint32_t type, Bytes content, BuildIds& ids) {
  constexpr std::uint32_t kGoBuildId = 4;
  using namespace std::string_view_literals;
  if (name == "GNU\0"sv && type == NT_GNU_BUILD_ID && ids.gnu.empty()) ids.gnu = to_hex(content);
  if (name == "Go\0\0"sv && type == kGoBuildId && ids.go.empty()) ids.go = to_text(content);
}

}  // namespace

Result<Elf64_Ehdr> read_elf_header(Bytes file) {
  TRY(check_magic(file));
  const auto header = *read_at<Elf64_Ehdr>(file, 0);
  TRY(check_target(header));
  return header;
}

Result<std::vector<Elf64_Phdr>> read_program_headers(Bytes file, const Elf64_Ehdr& header) {
  if (header.e_phnum == 0 || header.e_phentsize != sizeof(Elf64_Phdr)) {
    return damaged("{} program headers of {} bytes each", header.e_phnum, header.e_phentsize);
  }
  if (!range_in_file(file, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr))) {
    return damaged("the program headers at {:#x} end behind the file's {:#x} bytes", header.e_phoff,
                   file.size());
  }
  std::vector<Elf64_Phdr> headers;
  for (unsigned i = 0; i < header.e_phnum; i++) {
    headers.push_back(*read_at<Elf64_Phdr>(file, header.e_phoff + i * sizeof(Elf64_Phdr)));
    if (headers.back().p_type == PT_LOAD) TRY(check_load_segment(file, headers.back(), i));
  }
  return headers;
}

Result<std::vector<Elf64_Shdr>> read_section_headers(Bytes file, const Elf64_Ehdr& header) {
  std::vector<Elf64_Shdr> headers;
  if (header.e_shoff == 0 || header.e_shnum == 0) return headers;
  if (header.e_shentsize != sizeof(Elf64_Shdr) ||
      !range_in_file(file, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr))) {
    return damaged("{} section headers of {} bytes at {:#x} do not fit the file's {:#x} bytes",
                   header.e_shnum, header.e_shentsize, header.e_shoff, file.size());
  }
  for (unsigned i = 0; i < header.e_shnum; i++) {
    headers.push_back(*read_at<Elf64_Shdr>(file, header.e_shoff + i * sizeof(Elf64_Shdr)));
    const auto& section = headers.back();
    const bool has_content = section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS;
    if (has_content && !range_in_file(file, section.sh_offset, section.sh_size)) {
      return damaged("section {} (offset {:#x}, size {:#x}) ends behind the file's {:#x} bytes", i,
                     section.sh_offset, section.sh_size, file.size());
    }
  }
  return headers;
}

Result<ElfHeaders> read_elf_headers(Bytes file) {
  TRY_ASSIGN(const auto header, read_elf_header(file));
  TRY_ASSIGN(auto programs, read_program_headers(file, header));
  TRY_ASSIGN(auto sections, read_section_headers(file, header));
  return ElfHeaders{header, std::move(programs), std::move(sections)};
}

void append_relative_relocations(Bytes table, std::vector<Relocation>& to) {
  to.reserve(to.size() + table.size() / sizeof(Elf64_Rela));
  for (std::uint64_t at = 0; auto entry = read_at<Elf64_Rela>(table, at); at += sizeof(*entry)) {
    if (ELF64_R_TYPE(entry->r_info) != R_X86_64_RELATIVE) continue;
    to.push_back({{entry->r_offset}, static_cast<std::uint64_t>(entry->r_addend)});
  }
}

void read_build_ids(Bytes notes, std::uint64_t alignment, BuildIds& ids) {
  constexpr std::size_t kEnough = 4096;  // build ids come first; bounds the work on a damaged file
  notes = notes.first(std::min(notes.size(), kEnough));
  if (alignment != 8) alignment = 4;  // 0 and 1 mean 4 (gabi: notes are 4-byte words)
  Cursor cursor(notes);
  while (auto header = cursor.read<Elf64_Nhdr>()) {
    const auto name = slice(notes, cursor.offset(), header->n_namesz);
    const auto content_at = cursor.offset() + round_up(header->n_namesz, alignment);
    const auto content = slice(notes, content_at, header->n_descsz);
    take_note(to_text(name), header->n_type, content, ids);
    cursor = Cursor(notes, content_at + round_up(header->n_descsz, alignment));
  }
}

}  // namespace gosnoop::gobin
