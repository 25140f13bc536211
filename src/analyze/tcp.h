// SPDX-License-Identifier: Apache-2.0
// The ledger of TCP connections: those that are open by socket, those that ended as sums.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "analyze/names.h"
#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

// Why a connect failed or a connection ended, by errno; 0: the program gave up first. "refused",
// "timed_out", "unreachable", "reset", "gave_up", or what the C library says.
std::string tcp_error_name(std::uint32_t error);

class TcpLedger {
 public:
  void on(const event::TcpConnection& connection);
  void on(const event::TcpTotals& totals);
  void on(const event::SocketsMade& made);

  // `start` … `now`: the window.
  Tcp report(const Names& names, event::TimeNs start, event::TimeNs now) const;

 private:
  using Key = std::pair<std::uint64_t, event::TimeNs>;  // id, opened
  struct HashOfKey {
    std::size_t operator()(const Key& key) const {
      return key.first * 0x9e3779b97f4a7c15u ^ key.second * 0xff51afd7ed558ccdu;
    }
  };
  struct Closings {  // of connections opened in the window by one stack
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
  };
  using Peers = std::map<std::pair<std::string, event::TcpRole>, TcpPeer>;

  void end(const event::TcpConnection& connection);
  std::vector<Unclosed> unclosed(const Names& names, event::TimeNs start, event::TimeNs now) const;
  void add_totals(Tcp& to) const;

  std::unordered_map<Key, event::TcpConnection, HashOfKey> live_;
  std::deque<event::TcpConnection> ended_;  // the last ones
  std::uint64_t ended_left_out_ = 0;
  Peers peers_;  // of those that ended
  std::unordered_map<event::StackHash, Closings> closings_;
  std::map<std::pair<event::SocketKind, event::StackHash>, std::uint64_t> made_;
  event::TcpTotals totals_;
  bool watched_ = false;
};

}  // namespace gosnoop::analyze
