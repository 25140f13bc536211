// SPDX-License-Identifier: Apache-2.0
#include "output/wait_json.h"

#include <fmt/format.h>

namespace gosnoop::output {
namespace {

using snapshot::Channel;
using snapshot::Dump;
using snapshot::Socket;
using snapshot::WaitsFor;
using Kind = WaitsFor::Kind;

Json address_json(std::uint64_t address) {
  return address == 0 ? Json() : Json(fmt::format("{:#x}", address));
}

Json channel_json(const Channel& channel) {
  return {{"address", address_json(channel.address)},
          {"operation", channel.send ? "send" : "receive"},
          {"closed", channel.closed},
          {"timer", channel.timer},
          {"length", channel.length},
          {"capacity", channel.capacity},
          {"senders", channel.senders},
          {"receivers", channel.receivers}};
}

Json socket_json(const std::optional<Socket>& socket) {
  if (!socket) return {};
  const auto& quality = socket->quality;
  return {{"protocol", socket->protocol},
          {"local", socket->local},
          {"remote", socket->remote},
          {"state", socket->state},
          {"srtt_us", quality ? Json(quality->srtt_us) : Json()},
          {"retransmits", quality ? Json(quality->retransmits) : Json()}};
}

Json network_json(const WaitsFor& wait) {
  return {{"kind", "network"},
          {"fd", wait.fd < 0 ? Json() : Json(wait.fd)},
          {"operation", wait.write ? "write" : "read"},
          {"socket", socket_json(wait.socket)}};
}

double seconds_left(const Dump& dump, const WaitsFor& wait) {
  return to_millis((static_cast<double>(wait.until_ns) - static_cast<double>(dump.time_ns)) / 1e9);
}

}  // namespace

Json wait_json(const Dump& dump, const WaitsFor& wait) {
  switch (wait.kind) {
    case Kind::kUnknown:
      break;
    case Kind::kNothing:
      return {{"kind", "nothing"}};
    case Kind::kChannels:
      return {{"kind", "channels"}, {"channels", list(wait.channels, channel_json)}};
    case Kind::kSemaphore:
      return {{"kind", "semaphore"}, {"address", address_json(wait.address)}};
    case Kind::kCond:
      return {{"kind", "cond"}, {"address", address_json(wait.address)}};
    case Kind::kSleep:
      return {{"kind", "sleep"}, {"seconds_left", seconds_left(dump, wait)}};
    case Kind::kNetwork:
      return network_json(wait);
    case Kind::kSyscall:
      return {{"kind", "syscall"}, {"call", wait.call}};
  }
  return {};
}

}  // namespace gosnoop::output
