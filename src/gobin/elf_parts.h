// SPDX-License-Identifier: Apache-2.0
// The tables of an ELF file, one function each; ElfImage::parse puts them together.
#pragma once

#include <elf.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "gobin/elf_image.h"

namespace gosnoop::gobin {

// The file header, once it is one of an x86-64 executable.
Result<Elf64_Ehdr> read_elf_header(Bytes file);
// All program headers; every PT_LOAD lies inside the file.
Result<std::vector<Elf64_Phdr>> read_program_headers(Bytes file, const Elf64_Ehdr& header);
// All section headers, in file order; empty where the file has none.
Result<std::vector<Elf64_Shdr>> read_section_headers(Bytes file, const Elf64_Ehdr& header);

struct ElfHeaders {
  Elf64_Ehdr file;
  std::vector<Elf64_Phdr> programs;
  std::vector<Elf64_Shdr> sections;
};
// The three above.
Result<ElfHeaders> read_elf_headers(Bytes file);

// Appends the R_X86_64_RELATIVE entries of a table of Elf64_Rela.
void append_relative_relocations(Bytes table, std::vector<Relocation>& to);

struct BuildIds {
  std::string gnu;  // hex
  std::string go;
};
// Fills what is still empty in `ids` from the content of a note segment or section.
void read_build_ids(Bytes notes, std::uint64_t alignment, BuildIds& ids);

}  // namespace gosnoop::gobin
