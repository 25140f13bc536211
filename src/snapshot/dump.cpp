// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump.h"

namespace gosnoop::snapshot {

const std::string& Dump::wait_reason(const Member& member) const {
  static const std::string kNotParked;
  bool parked = member.status == event::GoStatus::kWaiting ||
                member.status == event::GoStatus::kLeaked ||
                member.status == event::GoStatus::kPreempted;
  if (!parked || member.wait_reason >= target.wait_reasons.size()) return kNotParked;
  return target.wait_reasons[member.wait_reason];
}

}  // namespace gosnoop::snapshot
