// SPDX-License-Identifier: Apache-2.0
// Damages real stripped binaries in many ways, the same in every run: parsing must always return.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "../../fuzz/exercise_gobin.h"
#include "gobin/moduledata.h"
#include "gobin/pclntab.h"

namespace gosnoop::gobin {
namespace {

// The path that scripts/build-program prints, "" where it cannot build (no Go toolchain, no
// network).
std::string build_program(const std::string& version, const std::string& mode) {
  const auto command =
      GOSNOOP_SOURCE_DIR "/scripts/build-program " + version + " " + mode + " hello";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  char line[4096] = "";
  const bool read = std::fgets(line, sizeof line, pipe) != nullptr;
  if (::pclose(pipe) != 0 || !read) return {};
  std::string path = line;
  return path.substr(0, path.find('\n'));
}

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// Where in the file damage matters most: the headers, pclntab's header and its tables, moduledata.
std::vector<std::pair<std::size_t, std::size_t>> targets(Bytes file) {
  const auto image = *ElfImage::parse(file);
  const auto table = Pclntab::candidates(image).at(0);
  const auto module = *find_moduledata(image, table, 24);
  const auto pclntab = image.to_file_offset(table.address())->value;
  const auto functab = image.to_file_offset(table.pclntable_address())->value;
  const auto moduledata = image.to_file_offset(module.address)->value;
  return {{0, 2048}, {pclntab, 96}, {functab, 32768}, {moduledata, 400}, {0, file.size()}};
}

class Mutation : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  void SetUp() override {
    const auto path = build_program(GetParam().first, GetParam().second);
    if (path.empty()) GTEST_SKIP() << "no Go toolchain";
    original_ = read_file(path);
    ASSERT_TRUE(exercise(original_));
  }

  // Overwrites up to 8 bytes: a flipped bit, ones, zeros, or random bytes.
  void damage(std::vector<std::byte>& file, std::size_t at) {
    const auto kind = random_() % 4;
    const auto size = kind == 0 ? 1 : std::min<std::size_t>(1 + random_() % 8, file.size() - at);
    for (std::size_t i = at; i < at + size; i++) {
      const auto noise = static_cast<std::byte>(random_());
      file[i] = kind == 0   ? file[i] ^ static_cast<std::byte>(1 << random_() % 8)
                : kind == 1 ? std::byte{0xff}
                : kind == 2 ? std::byte{0}
                            : noise;
    }
  }

  std::vector<std::byte> original_;
  std::mt19937 random_{1};
};

TEST_P(Mutation, DamagedBytes) {
  const auto regions = targets(original_);
  for (int round = 0; round < 800; round++) {
    auto file = original_;
    for (auto hits = 1 + random_() % 4; hits > 0; hits--) {
      const auto [begin, size] = regions[random_() % regions.size()];
      damage(file, begin + random_() % size);
    }
    exercise(file);
  }
}

TEST_P(Mutation, Truncation) {
  for (int round = 0; round < 200; round++) {
    const auto size = random_() % original_.size();
    // A copy of its own, so that a sanitizer sees a read behind its end.
    const std::vector<std::byte> cut(original_.begin(), original_.begin() + size);
    const auto binary = GoBinary::parse(cut);
    if (binary) continue;  // cut behind everything that matters
    EXPECT_EQ(binary.error().code, ErrorCode::kBadElf) << binary.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(RealBinaries, Mutation,
                         testing::Values(std::pair{"1.24", "stripped"},
                                         std::pair{"1.27", "piestripped"},
                                         std::pair{"1.19", "stripped"}));

}  // namespace
}  // namespace gosnoop::gobin
