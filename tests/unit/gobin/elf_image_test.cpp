// SPDX-License-Identifier: Apache-2.0
#include "gobin/elf_image.h"

#include <gtest/gtest.h>

#include "elf_builder.h"

namespace gosnoop::gobin {
namespace {

using namespace std::string_view_literals;

TEST(ElfImage, MapsAddressesToTheFile) {
  ElfBuilder builder;
  ElfBuilder::append(builder.text, "code"sv);
  ElfBuilder::append(builder.data, std::uint64_t{0x1122334455667788});
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->segments().size(), 2u);
  EXPECT_EQ(image->load_base(), LinkAddress{0x400000});
  EXPECT_FALSE(image->position_independent());
  EXPECT_EQ(image->to_file_offset({builder.text_address()}), FileOffset{builder.text_offset()});
  EXPECT_EQ(image->at({builder.text_address()}, 4).size(), 4u);
  EXPECT_EQ(image->word({ElfBuilder::kDataAddress}), 0x1122334455667788u);
}

TEST(ElfImage, GivesNothingBeyondASegmentsFileContent) {
  ElfBuilder builder;
  ElfBuilder::append(builder.data, "12345678"sv);
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->at({ElfBuilder::kDataAddress}, 9).empty());
  EXPECT_FALSE(image->word({ElfBuilder::kDataAddress + 1}));
  EXPECT_FALSE(image->to_file_offset({ElfBuilder::kDataAddress + 8}));  // .bss
  EXPECT_TRUE(image->from({0}).empty());
  EXPECT_TRUE(image->at({~0ull}, ~0ull).empty());
}

TEST(ElfImage, AppliesRelativeRelocationsNamedByPtDynamic) {
  ElfBuilder builder;
  builder.header.e_type = ET_DYN;
  const auto rela_size = sizeof(Elf64_Rela);
  const auto dynamic_at = 8 + rela_size;  // in the data: the word, the table, the dynamic section
  ElfBuilder::append(builder.data, std::uint64_t{0});
  ElfBuilder::append(builder.data, Elf64_Rela{ElfBuilder::kDataAddress, R_X86_64_RELATIVE, 0x4567});
  ElfBuilder::append(builder.data, Elf64_Dyn{DT_RELA, {ElfBuilder::kDataAddress + 8}});
  ElfBuilder::append(builder.data, Elf64_Dyn{DT_RELASZ, {rela_size}});
  ElfBuilder::append(builder.data, Elf64_Dyn{DT_NULL, {0}});
  builder.extra.push_back({PT_DYNAMIC, PF_R, 0, 0, 0, 3 * sizeof(Elf64_Dyn), 0, 8});
  builder.extra[0].p_offset = builder.text_offset() + dynamic_at;
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_TRUE(image->position_independent());
  ASSERT_EQ(image->relative_relocations().size(), 1u);
  EXPECT_EQ(image->word({ElfBuilder::kDataAddress}), 0x4567u);
}

TEST(ElfImage, ReadsBuildIdsFromNotes) {
  ElfBuilder builder;
  builder.extra.push_back({PT_NOTE, PF_R, 0, 0, 0, 0, 0, 4});
  builder.extra[0].p_offset = builder.text_offset();
  ElfBuilder::append(builder.text, Elf64_Nhdr{4, 4, 4});
  ElfBuilder::append(builder.text, "Go\0\0abcd"sv);
  ElfBuilder::append(builder.text, Elf64_Nhdr{4, 2, NT_GNU_BUILD_ID});
  ElfBuilder::append(builder.text, "GNU\0\xca\xfe\0\0"sv);
  builder.extra[0].p_filesz = builder.text.size();
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->go_build_id(), "abcd");
  EXPECT_EQ(image->gnu_build_id(), "cafe");
}

ErrorCode code_of(const ElfBuilder& builder) {
  const auto file = builder.build();
  const auto image = ElfImage::parse(file);
  return image ? ErrorCode::kInternal : image.error().code;
}

TEST(ElfImage, RefusesOtherArchitectures) {
  ElfBuilder builder;
  builder.header.e_machine = EM_AARCH64;
  EXPECT_EQ(code_of(builder), ErrorCode::kUnsupportedGo);
}

TEST(ElfImage, RefusesObjectFilesAndMissingSegments) {
  ElfBuilder object;
  object.header.e_type = ET_REL;
  EXPECT_EQ(code_of(object), ErrorCode::kBadElf);
  ElfBuilder outside;
  outside.header.e_phoff = 1 << 20;
  EXPECT_EQ(code_of(outside), ErrorCode::kBadElf);
  ElfBuilder odd;
  odd.header.e_phentsize = 32;
  EXPECT_EQ(code_of(odd), ErrorCode::kBadElf);
}

TEST(ElfImage, RefusesSectionHeadersOutsideTheFile) {
  ElfBuilder builder;
  builder.header.e_shoff = 1 << 20;
  builder.header.e_shnum = 3;
  builder.header.e_shentsize = sizeof(Elf64_Shdr);
  EXPECT_EQ(code_of(builder), ErrorCode::kBadElf);
}

TEST(ElfImage, SaysThatTextIsNotElf) {
  const auto image = ElfImage::parse(as_bytes("#!/bin/sh\nexec true\n"));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kNotGo);
  EXPECT_FALSE(image.error().hint.empty());
}

TEST(ElfImage, RefusesEveryTruncation) {
  ElfBuilder builder;
  ElfBuilder::append(builder.data, std::string_view("some data"));
  const auto file = builder.build();
  for (std::size_t size = 0; size < file.size(); size++) {
    // A copy of its own, so that a sanitizer sees a read behind its end.
    const std::vector<std::byte> cut(file.begin(),
                                     file.begin() + static_cast<std::ptrdiff_t>(size));
    const auto image = ElfImage::parse(cut);
    ASSERT_FALSE(image) << size;
    EXPECT_EQ(image.error().code, ErrorCode::kBadElf) << size << ": " << image.error().message;
  }
}

}  // namespace
}  // namespace gosnoop::gobin
