// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace gosnoop::gobin {

// Makes small ELF64 x86-64 files: one read-only and one writable segment, each mapped 1:1 at its
// own link address, and no sections.
class ElfBuilder {
 public:
  static constexpr std::uint64_t kTextAddress = 0x400000;
  static constexpr std::uint64_t kDataAddress = 0x800000;

  Elf64_Ehdr header{};
  std::vector<std::byte> text;  // what the first segment holds from text_offset() on
  std::vector<std::byte> data;  // the second segment
  std::vector<Elf64_Phdr> extra;

  ElfBuilder() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
  }

  std::uint64_t text_offset() const {
    return sizeof(Elf64_Ehdr) + (2 + extra.size()) * sizeof(Elf64_Phdr);
  }
  std::uint64_t text_address() const { return kTextAddress + text_offset(); }

  std::vector<std::byte> build() const {
    std::vector<std::byte> file;
    auto elf = header;
    elf.e_phnum = static_cast<Elf64_Half>(2 + extra.size());
    const auto text_end = text_offset() + text.size();
    append(file, elf);
    append(file, segment(PF_R | PF_X, kTextAddress, 0, text_end, text_end));
    append(file, segment(PF_R | PF_W, kDataAddress, text_end, data.size(), data.size() + 4096));
    for (const auto& program : extra) append(file, program);
    file.insert(file.end(), text.begin(), text.end());
    file.insert(file.end(), data.begin(), data.end());
    return file;
  }

  template <typename T>
  static void append(std::vector<std::byte>& to, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
  }
  static void append(std::vector<std::byte>& to, std::string_view value) {
    const auto bytes = as_bytes(value);
    to.insert(to.end(), bytes.begin(), bytes.end());
  }

 private:
  static Elf64_Phdr segment(std::uint32_t flags, std::uint64_t address, std::uint64_t offset,
                            std::uint64_t size, std::uint64_t memory) {
    return {PT_LOAD, flags, offset, address, address, size, memory, 1};
  }
};

}  // namespace gosnoop::gobin
