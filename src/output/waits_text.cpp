// SPDX-License-Identifier: Apache-2.0
#include "output/waits_text.h"

#include <fmt/format.h>

#include <vector>

#include "output/units.h"

namespace gosnoop::output {
namespace {

using snapshot::Channel;
using snapshot::WaitsFor;

constexpr std::size_t kMaxChannels = 4;  // of a select

std::string count_of(std::uint32_t count, std::string_view what) {
  bool more = count >= snapshot::kMaxWaiters;
  return fmt::format("{}{} {}{}", more ? ">= " : "", thousands(count), what,
                     count == 1 ? " waits" : "s wait");
}

std::string state_of(const Channel& channel) {
  std::vector<std::string> parts;
  if (channel.closed) parts.emplace_back("closed");
  if (channel.timer) parts.emplace_back("of a timer");
  if (channel.capacity == 0) parts.emplace_back("unbuffered");
  if (channel.capacity != 0) {
    parts.push_back(fmt::format("{} of {} full", channel.length, channel.capacity));
  }
  if (channel.receivers > 0) parts.push_back(count_of(channel.receivers, "receiver"));
  if (channel.senders > 0) parts.push_back(count_of(channel.senders, "sender"));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string channel_text(const Channel& channel) {
  return fmt::format("chan {:#x} ({})", channel.address, state_of(channel));
}

std::string channels_text(const WaitsFor& waits_for) {
  const auto& channels = waits_for.channels;
  if (channels.size() == 1) return channel_text(channels.front());
  std::string text;
  for (std::size_t i = 0; i < channels.size() && i < kMaxChannels; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                        channels[i].send ? "send to" : "receive from", channel_text(channels[i]));
  }
  if (channels.size() > kMaxChannels) {
    text += fmt::format(" and {} more", channels.size() - kMaxChannels);
  }
  return text;
}

std::string socket_text(const snapshot::Socket& socket) {
  std::string text = fmt::format(" = {} {}", socket.protocol, printable(socket.local));
  if (!socket.remote.empty()) text += " -> " + printable(socket.remote);
  if (!socket.state.empty()) text += " " + socket.state;
  if (!socket.quality) return text;
  return text + connection_quality(socket.quality->srtt_us, socket.quality->retransmits);
}

std::string network_text(const WaitsFor& waits_for) {
  if (waits_for.fd < 0) return "";
  return fmt::format("fd {}{}, to {}", waits_for.fd,
                     waits_for.socket ? socket_text(*waits_for.socket) : "",
                     waits_for.write ? "write" : "read");
}

std::string sockets_text(const WaitsFor& waits_for) {
  if (waits_for.fd < 0) return "";
  if (!waits_for.socket) return "file descriptors";
  const snapshot::Socket& socket = *waits_for.socket;
  if (socket.remote.empty()) return socket.protocol + " sockets";
  return fmt::format("{} connections to {}", socket.protocol, printable(socket.remote));
}

std::string sleep_text(std::uint64_t until_ns, std::uint64_t now_ns) {
  if (until_ns <= now_ns) return "the end of its sleep, any moment";
  return fmt::format("the end of its sleep, in {}", duration(until_ns - now_ns));
}

}  // namespace

std::string waits_text(const WaitsFor& waits_for, std::uint64_t now_ns) {
  switch (waits_for.kind) {
    case WaitsFor::Kind::kUnknown:
      return "";
    case WaitsFor::Kind::kNothing:
      return "nothing that could ever wake it";
    case WaitsFor::Kind::kChannels:
      return channels_text(waits_for);
    case WaitsFor::Kind::kSemaphore:
      return fmt::format("the lock at {:#x}", waits_for.address);
    case WaitsFor::Kind::kCond:
      return fmt::format("the sync.Cond at {:#x}", waits_for.address);
    case WaitsFor::Kind::kSleep:
      return sleep_text(waits_for.until_ns, now_ns);
    case WaitsFor::Kind::kNetwork:
      return network_text(waits_for);
    case WaitsFor::Kind::kSyscall:
      return printable(waits_for.call);
  }
  return "";
}

std::string waits_in_common(const WaitsFor& waits_for) {
  switch (waits_for.kind) {
    case WaitsFor::Kind::kUnknown:
      return "";
    case WaitsFor::Kind::kNothing:
      return "waits that nothing could ever end";
    case WaitsFor::Kind::kChannels:
      return waits_for.channels.size() == 1 ? "channels" : "sets of channels";
    case WaitsFor::Kind::kSemaphore:
      return "locks";
    case WaitsFor::Kind::kCond:
      return "sync.Conds";
    case WaitsFor::Kind::kSleep:
      return "sleeps to end";
    case WaitsFor::Kind::kNetwork:
      return sockets_text(waits_for);
    case WaitsFor::Kind::kSyscall:
      return "calls of " + printable(waits_for.call.substr(0, waits_for.call.find('(')));
  }
  return "";
}

}  // namespace gosnoop::output
