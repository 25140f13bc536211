// SPDX-License-Identifier: Apache-2.0
#include "gobin/build_info.h"

#include <charconv>

namespace gosnoop::gobin {
namespace {

using namespace std::string_view_literals;

// src/debug/buildinfo/buildinfo.go, Go 1.18 to 1.27: 14 bytes of magic, pointer size, flags; with
// flag 2 two varint-prefixed strings follow at 32: version and module info. Aligned to 16.
constexpr auto kMagic = "\xff Go buildinf:"sv;
constexpr std::uint64_t kAlignment = 16;
constexpr std::uint64_t kFlagsAt = 15;
constexpr std::uint64_t kPointersAt = 16;
constexpr std::uint64_t kInlineStringsAt = 32;
constexpr unsigned kFlagInlineStrings = 2;
// Each end of the module info has a 16-byte marker (cmd/go/internal/modload/build.go, ModInfoData).
constexpr std::size_t kModInfoMarker = 16;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_version(std::string_view text) {
  return text.starts_with("go") || text.starts_with("devel ");
}

std::string main_package(std::string_view module_info) {
  if (module_info.size() < 2 * kModInfoMarker) return {};
  module_info.remove_prefix(kModInfoMarker);
  if (!module_info.starts_with("path\t")) return {};
  module_info.remove_prefix(5);
  return std::string(module_info.substr(0, module_info.find('\n')));
}

std::optional<BuildInfo> inline_strings(Bytes blob) {
  Cursor cursor(blob, kInlineStringsAt);
  const auto version_size = cursor.read_uvarint();
  const auto version = version_size ? cursor.read_string(*version_size) : std::nullopt;
  if (!version || !is_version(*version)) return std::nullopt;
  const auto module_size = cursor.read_uvarint();
  const auto module_info = module_size ? cursor.read_string(*module_size) : std::nullopt;
  return BuildInfo{std::string(*version), parse_go_minor(*version),
                   main_package(module_info.value_or(""))};
}

// Before Go 1.18: a pointer to a Go string header. Such a binary is refused, but by its version.
std::optional<BuildInfo> pointed_strings(const ElfImage& image, Bytes blob) {
  const auto header = read_at<std::uint64_t>(blob, kPointersAt);
  const auto data = header ? image.word({*header}) : std::nullopt;
  const auto size = header ? image.word({*header + 8}) : std::nullopt;
  if (!data || !size) return std::nullopt;
  const auto version = text_of(image.at({*data}, *size));
  if (!is_version(version)) return std::nullopt;
  return BuildInfo{std::string(version), parse_go_minor(version), ""};
}

std::optional<BuildInfo> parse_blob(const ElfImage& image, Bytes blob) {
  if (!text_of(blob).starts_with(kMagic)) return std::nullopt;
  const auto flags = read_at<std::uint8_t>(blob, kFlagsAt);
  if (!flags) return std::nullopt;
  return (*flags & kFlagInlineStrings) != 0 ? inline_strings(blob) : pointed_strings(image, blob);
}

std::optional<BuildInfo> scan_segment(const ElfImage& image, const Segment& segment) {
  const auto bytes = image.from(segment.address);
  const auto text = text_of(bytes);
  for (auto at = text.find(kMagic); at != text.npos; at = text.find(kMagic, at + 1)) {
    if ((segment.address.value + at) % kAlignment != 0) continue;
    if (auto info = parse_blob(image, bytes.subspan(at))) return info;
  }
  return std::nullopt;
}

}  // namespace

std::optional<BuildInfo> find_build_info(const ElfImage& image) {
  if (const Section* section = image.find_section(".go.buildinfo")) {
    if (auto info = parse_blob(image, image.from(section->address))) return info;
  }
  for (const auto& segment : image.segments()) {
    if (!segment.writable) continue;  // elsewhere it may be that of an embedded binary
    if (auto info = scan_segment(image, segment)) return info;
  }
  return std::nullopt;
}

// The third name: a PIE linked by Go itself, up to Go 1.25.
bool looks_like_go(Bytes file) {
  const auto image = ElfImage::parse_headers(file);
  if (!image) return false;
  for (auto name : {".go.buildinfo", ".gopclntab", ".data.rel.ro.gopclntab"}) {
    if (image->find_section(name) != nullptr) return true;
  }
  return image->sections().empty() && find_build_info(*image).has_value();
}

int parse_go_minor(std::string_view version) {
  const auto at = version.find("go1.");
  if (at == version.npos) return kUnknownMinor;
  const auto digits = version.substr(at + 4);
  int minor = kUnknownMinor;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  return end.ec == std::errc() && minor >= 0 ? minor : kUnknownMinor;
}

}  // namespace gosnoop::gobin
