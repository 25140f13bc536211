// SPDX-License-Identifier: Apache-2.0
// The parts of an ELF64 little-endian x86-64 file that describe how it is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"

namespace gosnoop::gobin {

struct Segment {  // a PT_LOAD
  LinkAddress address;
  FileOffset offset;
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;
  bool writable = false;
  bool executable = false;
};

struct Section {
  std::string_view name;
  LinkAddress address;
  FileOffset offset;
  std::uint64_t size = 0;
  std::uint32_t type = 0;
};

struct Relocation {  // R_X86_64_RELATIVE: the loader stores load bias + value at `address`
  LinkAddress address;
  std::uint64_t value = 0;  // a link address
};

struct ElfHeaders;  // elf_parts.h

// Pure view of the bytes, which must outlive it. Works without section headers.
class ElfImage {
 public:
  static Result<ElfImage> parse(Bytes file);
  // Only its segments and sections, without relocations and build ids: costs some µs, however big
  // the file.
  static Result<ElfImage> parse_headers(Bytes file);

  Bytes file() const { return file_; }
  bool position_independent() const { return position_independent_; }  // ET_DYN
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Section>& sections() const { return sections_; }
  const Section* find_section(std::string_view name) const;
  const std::string& gnu_build_id() const { return gnu_build_id_; }  // hex, "" if none
  const std::string& go_build_id() const { return go_build_id_; }    // "" if none

  std::optional<FileOffset> to_file_offset(LinkAddress address) const;
  // Page-aligned lowest PT_LOAD address: what the mapping of file offset 0 starts at.
  LinkAddress load_base() const;
  // Runtime address minus link address, where file offset 0 is mapped at `start`.
  std::uint64_t load_bias(RuntimeAddress start) const { return start.value - load_base().value; }
  // `size` bytes at a link address, from the file; empty where the file does not hold them all.
  Bytes at(LinkAddress address, std::uint64_t size) const;
  // All bytes from a link address to the end of its segment in the file.
  Bytes from(LinkAddress address) const;
  // A pointer-sized word of the loaded image: in a PIE the value R_X86_64_RELATIVE gives it.
  std::optional<std::uint64_t> word(LinkAddress address) const;
  // By ascending address.
  const std::vector<Relocation>& relative_relocations() const { return relocations_; }

 private:
  static ElfImage make(Bytes file, const ElfHeaders& headers);
  const Segment* segment_of(LinkAddress address) const;

  Bytes file_;
  bool position_independent_ = false;
  std::vector<Segment> segments_;
  std::vector<Section> sections_;
  std::vector<Relocation> relocations_;
  std::string gnu_build_id_;
  std::string go_build_id_;
};

}  // namespace gosnoop::gobin
