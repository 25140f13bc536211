// SPDX-License-Identifier: Apache-2.0
#include "target/sock_diag.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/bytes.h"
#include "target/process.h"

namespace gosnoop::target {
namespace {

constexpr std::uint8_t kIpProtocolTcp = 6;

// struct tcp_info of linux/tcp.h, up to what is read of it: bookworm's header has it all, but a
// kernel may give less.
struct TcpInfo {
  std::uint8_t head[8];
  std::uint32_t words[24];  // tcpi_rto … tcpi_total_retrans
  std::uint64_t pacing_rate, max_pacing_rate;
  std::uint64_t bytes_acked, bytes_received;
  std::uint32_t segs_out, segs_in;
  std::uint32_t notsent_bytes, min_rtt, data_segs_in, data_segs_out;
  std::uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
  std::uint32_t delivered, delivered_ce;
  std::uint64_t bytes_sent, bytes_retrans;
};
constexpr std::size_t kRttWord = 15;  // tcpi_rtt
constexpr std::size_t kTotalRetransWord = 23;
static_assert(offsetof(TcpInfo, bytes_acked) == 120);
static_assert(offsetof(TcpInfo, bytes_sent) == 200);

tl::unexpected<Error> diag_error(std::string_view what) {
  return fail(ErrorCode::kKernel, fmt::format("{}: {}", what, std::strerror(errno)),
              "the kernel needs CONFIG_INET_DIAG and CONFIG_INET_TCP_DIAG", errno);
}

Fd open_netlink() { return Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)); }

bool is_our_own(const Fd& space) {
  struct stat ours {
  }, theirs{};
  return ::stat("/proc/thread-self/ns/net", &ours) == 0 && ::fstat(space.get(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

// A socket stays in the namespace it was made in, so only a thread of its own goes there.
Result<Fd> open_in_namespace(pid_t pid) {
  auto path = fmt::format("/proc/{}/ns/net", pid);
  Fd space(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return fail(proc_error(pid, path, errno));
  Fd netlink = is_our_own(space) ? open_netlink() : Fd();
  if (netlink) return netlink;
  int error = 0;
  std::thread visitor([&] {
    if (::setns(space.get(), CLONE_NEWNET) == 0) netlink = open_netlink();
    error = errno;
  });
  visitor.join();
  if (netlink) return netlink;
  errno = error;
  return diag_error("open a netlink socket in the target's network namespace");
}

Result<void> ask(const Fd& netlink, std::uint8_t family) {
  struct {
    nlmsghdr head;
    inet_diag_req_v2 request;
  } message{};
  message.head.nlmsg_len = sizeof(message);
  message.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.sdiag_family = family;
  message.request.sdiag_protocol = kIpProtocolTcp;
  message.request.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  message.request.idiag_states = ~(1u << kTcpTimeWait);  // no process has those, and they are many
  auto sent = ::send(netlink.get(), &message, sizeof(message), 0);
  return sent == sizeof(message) ? Result<void>{} : diag_error("ask sock_diag");
}

Endpoint endpoint(std::uint8_t family, const __be32 (&words)[4], __be16 port) {
  if (family != AF_INET6) return ipv4_endpoint(words, ntohs(port));
  Endpoint end{.port = ntohs(port)};
  std::memcpy(end.address.data(), words, sizeof(words));
  return end;
}

void add_info(TcpSocket& socket, Bytes attribute) {
  TcpInfo info{};
  std::memcpy(&info, attribute.data(), std::min(attribute.size(), sizeof(info)));
  socket.srtt_us = info.words[kRttWord];
  socket.retransmits = info.words[kTotalRetransWord];
  socket.bytes_received = info.bytes_received;
  socket.bytes_sent = info.bytes_sent - info.bytes_retrans;
}

// One message: the fixed part, then attributes of 4-byte alignment.
std::optional<TcpSocket> parse_socket(Bytes message) {
  auto fixed = read_at<inet_diag_msg>(message, 0);
  if (!fixed) return std::nullopt;
  TcpSocket socket;
  socket.inode = fixed->idiag_inode;
  socket.local = endpoint(fixed->idiag_family, fixed->id.idiag_src, fixed->id.idiag_sport);
  socket.remote = endpoint(fixed->idiag_family, fixed->id.idiag_dst, fixed->id.idiag_dport);
  socket.state = fixed->idiag_state;
  std::size_t at = NLMSG_ALIGN(sizeof(inet_diag_msg));
  while (auto head = read_at<rtattr>(message, at)) {
    if (head->rta_len < sizeof(rtattr) || head->rta_len > message.size() - at) break;
    auto body = message.subspan(at + sizeof(rtattr), head->rta_len - sizeof(rtattr));
    if (head->rta_type == INET_DIAG_INFO) add_info(socket, body);
    at += RTA_ALIGN(head->rta_len);
  }
  return socket;
}

// The messages of one datagram. Returns whether more are to come.
Result<bool> parse_datagram(Bytes datagram, std::vector<TcpSocket>& to) {
  while (auto head = read_at<nlmsghdr>(datagram, 0)) {
    if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > datagram.size()) break;
    if (head->nlmsg_type == NLMSG_DONE) return false;
    if (head->nlmsg_type == NLMSG_ERROR) {
      auto error = read_at<nlmsgerr>(datagram, sizeof(nlmsghdr));
      errno = error ? -error->error : EPROTO;
      return diag_error("sock_diag");
    }
    auto body = datagram.subspan(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
    if (auto socket = parse_socket(body)) to.push_back(*socket);
    datagram =
        datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head->nlmsg_len), datagram.size()));
  }
  return true;
}

Result<void> receive(const Fd& netlink, std::vector<TcpSocket>& to) {
  std::vector<std::byte> buffer(std::size_t{1} << 16);
  for (bool more = true; more;) {
    auto size = ::recv(netlink.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return diag_error("read from sock_diag");
    TRY_ASSIGN(more, parse_datagram(Bytes(buffer).first(static_cast<std::size_t>(size)), to));
  }
  return {};
}

struct CloseDir {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::uint64_t inode_of(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  std::uint64_t inode = 0;
  if (!link.starts_with(kPrefix)) return 0;
  std::from_chars(link.data() + kPrefix.size(), link.data() + link.size(), inode);
  return inode;
}

}  // namespace

Result<SockDiag> SockDiag::open(pid_t pid) {
  TRY_ASSIGN(auto netlink, open_in_namespace(pid));
  return SockDiag(std::move(netlink));
}

Result<std::vector<TcpSocket>> SockDiag::tcp() const {
  std::vector<TcpSocket> sockets;
  for (std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    TRY(ask(netlink_, family));
    TRY(receive(netlink_, sockets));
  }
  return sockets;
}

std::unordered_set<std::uint64_t> socket_inodes(pid_t pid) {
  std::unordered_set<std::uint64_t> inodes;
  std::unique_ptr<DIR, CloseDir> folder(::opendir(fmt::format("/proc/{}/fd", pid).c_str()));
  if (!folder) return inodes;
  while (const dirent* entry = ::readdir(folder.get())) {
    char link[64];
    auto size = ::readlinkat(::dirfd(folder.get()), entry->d_name, link, sizeof(link));
    auto inode = size > 0 ? inode_of({link, static_cast<std::size_t>(size)}) : 0;
    if (inode != 0) inodes.insert(inode);
  }
  return inodes;
}

}  // namespace gosnoop::target
