// SPDX-License-Identifier: Apache-2.0
#include "target/sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstring>

#include "base/file.h"

namespace gosnoop::target {
namespace {

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Cuts the next word, or the next line, off `text`.
std::string_view cut(std::string_view& text, std::string_view separators) {
  text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
  auto word = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(word.size());
  return word;
}

template <std::size_t N>
std::array<std::string_view, N> cut_words(std::string_view& line) {
  std::array<std::string_view, N> words;
  for (auto& word : words) word = cut(line, " ");
  return words;
}

template <typename Entries>
void sort_by_inode(Entries& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.inode < b.inode; });
}

template <typename Entries>
std::optional<Socket> look_up(const Entries& entries, std::uint64_t inode) {
  auto found = std::lower_bound(entries.begin(), entries.end(), inode,
                                [](const auto& entry, auto value) { return entry.inode < value; });
  if (found == entries.end() || found->inode != inode) return std::nullopt;
  return found->socket();
}

}  // namespace

std::string Socket::peer() const {
  if (!remote.empty()) return remote;
  if (protocol != "unix") return local + " (listening)";
  return local.empty() ? protocol : protocol + " " + local;
}

Socket Sockets::Inet::socket() const {
  bool tcp = protocol == Protocol::kTcp;
  Socket result{tcp ? "tcp" : "udp", local.text(), "", ""};
  if (tcp) result.state = tcp_state_name(state);
  bool listens = tcp && state == kTcpListen;
  if (!listens && !remote.none()) result.remote = remote.text();
  if (!listens) result.quality = quality;
  return result;
}

Socket Sockets::Unix::socket() const {
  return {"unix", path, "", listens ? "LISTEN" : connected ? "ESTABLISHED" : ""};
}

// "0100007F:1F90": 32-bit words of the address in the machine's byte order, then the port
// (net/ipv4/tcp_ipv4.c, get_tcp4_sock; net/ipv6/tcp_ipv6.c, get_tcp6_sock).
std::optional<Endpoint> Sockets::parse_end(std::string_view text) {
  constexpr std::size_t kDigits = 8;
  auto colon = text.find(':');
  if (colon != kDigits && colon != 4 * kDigits) return std::nullopt;
  std::array<std::uint8_t, 16> address{};
  auto* to = address.data();
  for (std::size_t at = 0; at < colon; at += kDigits, to += sizeof(std::uint32_t)) {
    auto word = number(text.substr(at, kDigits), 16);
    if (!word) return std::nullopt;
    auto value = static_cast<std::uint32_t>(*word);
    std::memcpy(to, &value, sizeof(value));
  }
  auto port = number(text.substr(colon + 1), 16);
  if (!port) return std::nullopt;
  auto of = static_cast<std::uint16_t>(*port);
  return colon == kDigits ? ipv4_endpoint(address.data(), of) : Endpoint{address, of};
}

// Columns: sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode. The inode is
// 0 where no process has the socket any more; the head line has no number there.
void Sockets::add_inet(std::string_view text, Protocol protocol) {
  while (!text.empty()) {
    auto line = cut(text, "\n");
    auto words = cut_words<10>(line);
    auto inode = number(words[9], 10);
    auto local = parse_end(words[1]);
    auto remote = parse_end(words[2]);
    auto state = number(words[3], 16);
    if (!inode || *inode == 0 || !local || !remote || !state) continue;
    inet_.push_back({*inode, *local, *remote, protocol, static_cast<std::uint8_t>(*state)});
  }
}

// Columns: address, references, protocol, flags, type, state, inode, path (net/unix/af_unix.c,
// unix_seq_show).
void Sockets::add_unix(std::string_view text) {
  constexpr std::uint64_t kAcceptsConnections = 1 << 16;  // __SO_ACCEPTCON, linux/net.h
  constexpr std::uint64_t kConnected = 3;                 // SS_CONNECTED
  while (!text.empty()) {
    auto line = cut(text, "\n");
    auto words = cut_words<7>(line);
    auto flags = number(words[3], 16), state = number(words[5], 16), inode = number(words[6], 10);
    if (!flags || !state || !inode) continue;
    auto path = line.empty() ? line : line.substr(1);
    unix_.push_back(
        {*inode, std::string(path), (*flags & kAcceptsConnections) != 0, *state == kConnected});
  }
}

void Sockets::add_tcp(const std::vector<TcpSocket>& sockets) {
  inet_.reserve(inet_.size() + sockets.size());
  for (const auto& socket : sockets) {
    if (socket.inode == 0) continue;
    const TcpQuality quality{socket.srtt_us, socket.retransmits};
    inet_.push_back(
        {socket.inode, socket.local, socket.remote, Protocol::kTcp, socket.state, quality});
  }
}

// `measured`: the TCP sockets, where they are known already.
Sockets::Sockets(const std::string& folder, const std::vector<TcpSocket>* measured) {
  auto table = [&](const char* name) { return read_text_file(folder + name).value_or(""); };
  files_ = Fd(::open((folder + "fd").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (measured != nullptr) {
    add_tcp(*measured);
  } else {
    add_inet(table("net/tcp"), Protocol::kTcp);
    add_inet(table("net/tcp6"), Protocol::kTcp);
  }
  add_inet(table("net/udp"), Protocol::kUdp);
  add_inet(table("net/udp6"), Protocol::kUdp);
  add_unix(table("net/unix"));
  sort_by_inode(inet_);
  sort_by_inode(unix_);
}

Sockets Sockets::read(pid_t pid, const std::string& proc) {
  return Sockets(fmt::format("{}/{}/", proc, pid), nullptr);
}

// /proc/PID/net has no round trips, and the kernel is slower to write its text.
Sockets Sockets::read_measured(pid_t pid) {
  auto ask = [pid]() -> Result<std::vector<TcpSocket>> {
    TRY_ASSIGN(auto diag, SockDiag::open(pid));
    return diag.tcp();
  };
  const auto tcp = ask();
  return Sockets(fmt::format("/proc/{}/", pid), tcp ? &*tcp : nullptr);
}

std::string Sockets::link(int fd) const {
  char target[PATH_MAX];
  auto size = ::readlinkat(files_.get(), std::to_string(fd).c_str(), target, sizeof(target));
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::uint64_t Sockets::inode(int fd) const {
  struct stat info {};
  bool open = ::fstatat(files_.get(), std::to_string(fd).c_str(), &info, 0) == 0;
  return open ? info.st_ino : 0;
}

std::optional<Socket> Sockets::find(std::string_view link) const {
  constexpr std::string_view kPrefix = "socket:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  auto inode = number(link.substr(kPrefix.size(), link.size() - kPrefix.size() - 1), 10);
  if (!inode) return std::nullopt;
  if (auto socket = look_up(inet_, *inode)) return socket;
  return look_up(unix_, *inode);
}

}  // namespace gosnoop::target
