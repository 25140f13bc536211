// SPDX-License-Identifier: Apache-2.0
#include "target/call_flags.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <span>

namespace gosnoop::target {
namespace {

struct Named {
  std::uint64_t value;
  std::string_view name;
};

// Bits; one that holds others comes before them.
constexpr Named kOpenFlags[] = {
    {O_TMPFILE, "O_TMPFILE"},     {O_SYNC, "O_SYNC"},         {O_CREAT, "O_CREAT"},
    {O_EXCL, "O_EXCL"},           {O_NOCTTY, "O_NOCTTY"},     {O_TRUNC, "O_TRUNC"},
    {O_APPEND, "O_APPEND"},       {O_NONBLOCK, "O_NONBLOCK"}, {O_DSYNC, "O_DSYNC"},
    {O_DIRECT, "O_DIRECT"},       {0100000, "O_LARGEFILE"},  // of x86-64, where libc has it as 0
    {O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"}, {O_NOATIME, "O_NOATIME"},
    {O_CLOEXEC, "O_CLOEXEC"},     {O_PATH, "O_PATH"},
};
constexpr std::string_view kAccess[] = {"O_RDONLY", "O_WRONLY", "O_RDWR"};
constexpr Named kFamilies[] = {{AF_UNIX, "AF_UNIX"},     {AF_INET, "AF_INET"},
                               {AF_INET6, "AF_INET6"},   {AF_NETLINK, "AF_NETLINK"},
                               {AF_PACKET, "AF_PACKET"}, {AF_VSOCK, "AF_VSOCK"}};
constexpr Named kTypes[] = {{SOCK_STREAM, "SOCK_STREAM"},
                            {SOCK_DGRAM, "SOCK_DGRAM"},
                            {SOCK_RAW, "SOCK_RAW"},
                            {SOCK_SEQPACKET, "SOCK_SEQPACKET"}};
constexpr Named kTypeFlags[] = {{SOCK_CLOEXEC, "SOCK_CLOEXEC"}, {SOCK_NONBLOCK, "SOCK_NONBLOCK"}};

void append(std::string& text, std::string_view name) {
  if (!text.empty()) text += '|';
  text += name;
}

// Takes the known bits off `value` and names them; what is left over comes as a number.
void append_bits(std::string& text, std::uint64_t value, std::span<const Named> names) {
  for (const auto& [bits, name] : names) {
    if ((value & bits) != bits) continue;
    append(text, name);
    value &= ~bits;
  }
  if (value != 0) append(text, fmt::format("{:#x}", value));
}

std::string value_name(std::uint64_t value, std::span<const Named> names) {
  for (const auto& [known, name] : names) {
    if (known == value) return std::string(name);
  }
  return fmt::format("{}", value);
}

std::string open_flags(std::uint64_t value) {
  auto access = value & O_ACCMODE;
  std::string text(access < std::size(kAccess) ? kAccess[access] : "O_ACCMODE");
  append_bits(text, value & ~std::uint64_t{O_ACCMODE}, kOpenFlags);
  return text;
}

std::string socket_type(std::uint64_t value) {
  constexpr std::uint64_t kTypeMask = 0xf;  // include/linux/net.h, SOCK_TYPE_MASK
  std::string text = value_name(value & kTypeMask, kTypes);
  append_bits(text, value & ~kTypeMask, kTypeFlags);
  return text;
}

}  // namespace

std::optional<std::string> flags_text(std::string_view call, std::string_view argument,
                                      std::uint64_t value) {
  value = static_cast<std::uint32_t>(value);  // an int of the kernel: the rest is not looked at
  if ((call == "open" || call == "openat") && argument == "flags") return open_flags(value);
  if (call != "socket" && call != "socketpair") return std::nullopt;
  if (argument == "family") return value_name(value, kFamilies);
  if (argument == "type") return socket_type(value);
  return std::nullopt;
}

}  // namespace gosnoop::target
