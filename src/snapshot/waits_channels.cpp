// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_channels.h"

#include <algorithm>

namespace gosnoop::snapshot {
namespace {

constexpr std::size_t kMaxCases = 65536;  // select.go, selectgo
constexpr std::size_t kWord = sizeof(std::uint64_t);

template <typename... Offsets>
std::size_t extent(Offsets... offsets) {
  return static_cast<std::size_t>(std::max({offsets...})) + kWord;
}

bool wants_channels(const Wanted& wanted) {
  return wanted.wait == Wait::kReceive || wanted.wait == Wait::kSend ||
         wanted.wait == Wait::kSelect;
}

// Does the runtime have no more than that to say? A select whose channels are all nil stands in no
// queue: nothing wakes it.
bool has_no_case(const Wanted& wanted) {
  return wanted.wait == Wait::kSelect && wanted.g->waiting == 0;
}

}  // namespace

ChannelReader::ChannelReader(const target::Memory& memory, const gobin::RuntimeLayout& layout)
    : memory_(memory), layout_(layout) {
  const auto& s = layout.sudog;
  const auto& c = layout.hchan;
  sudog_size_ = extent(s.g, s.next, s.waitlink, s.c, s.is_select);
  hchan_size_ = extent(c.qcount, c.dataqsiz, c.closed, c.recvq, c.sendq, c.timer);
}

ChannelReader::Sudog ChannelReader::parse_sudog(Bytes bytes, std::uint64_t address) const {
  const auto& at = layout_.sudog;
  return {address,
          field(bytes, at.g),
          field(bytes, at.next),
          field(bytes, at.waitlink),
          field(bytes, at.c),
          field<std::uint8_t>(bytes, at.is_select) != 0};
}

// Nothing for what cannot be a channel.
std::optional<ChannelReader::Hchan> ChannelReader::parse_hchan(Bytes bytes,
                                                               std::uint64_t address) const {
  const auto& at = layout_.hchan;
  Hchan hchan;
  auto& channel = hchan.channel;
  auto closed = field<std::uint32_t>(bytes, at.closed);
  channel.address = address;
  channel.closed = closed != 0;
  channel.timer = field(bytes, at.timer) != 0;
  channel.length = field(bytes, at.qcount);
  channel.capacity = field(bytes, at.dataqsiz);
  hchan.recvq = field(bytes, at.recvq);
  hchan.sendq = field(bytes, at.sendq);
  if (bytes.empty() || closed > 1 || channel.length > channel.capacity) return std::nullopt;
  return hchan;
}

// The sudogs of each goroutine: one, or one for each case of a select, in the order of the list
// g.waiting. Those of all goroutines are read together, step by step along the lists. None where
// one is not the goroutine's.
std::vector<ChannelReader::Cases> ChannelReader::read_cases(WantedBatch batch) const {
  std::vector<Cases> cases(batch.size());
  std::vector<std::size_t> open(batch.size());
  std::vector<std::uint64_t> addresses(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    open[i] = i;
    addresses[i] = batch[i].g->waiting;
  }
  while (!open.empty()) {
    const Structs read(memory_, addresses, sudog_size_);
    std::vector<std::size_t> longer;
    std::vector<std::uint64_t> links;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto& wanted = batch[open[i]];
      auto& list = cases[open[i]];
      auto sudog = parse_sudog(read[i], addresses[i]);
      bool fits = sudog.g == wanted.g->address.value && sudog.channel != 0 &&
                  sudog.is_select == (wanted.wait == Wait::kSelect);
      if (!fits || list.size() == kMaxCases) {
        list.clear();
        continue;
      }
      list.push_back(sudog);
      if (sudog.waitlink == 0) continue;
      longer.push_back(open[i]);
      links.push_back(sudog.waitlink);
    }
    open = std::move(longer);
    addresses = std::move(links);
  }
  return cases;
}

ChannelReader::Hchans ChannelReader::read_hchans(const std::vector<Cases>& cases) const {
  std::vector<std::uint64_t> addresses;
  for (const auto& list : cases) {
    for (const auto& sudog : list) addresses.push_back(sudog.channel);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  const Structs read(memory_, addresses, hchan_size_);
  Hchans hchans;
  hchans.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (auto hchan = parse_hchan(read[i], addresses[i])) hchans.emplace(addresses[i], *hchan);
  }
  return hchans;
}

// Goes on along the queue by sudogs that are known; false where one has to be read.
bool ChannelReader::advance(Queue& queue, const Sudogs& known) {
  while (queue.at != 0 && queue.count < kMaxWaiters) {
    auto sudog = known.find(queue.at);
    if (sudog == known.end()) return false;
    count(queue, sudog->second);
  }
  return true;
}

// One that is on another channel, or on none, has left the queue meanwhile.
void ChannelReader::count(Queue& queue, const Sudog& sudog) {
  bool queued = sudog.channel == queue.channel;
  queue.count += queued ? 1 : 0;
  queue.at = queued ? sudog.next : 0;
}

// Counts all queues one sudog a step, so that a step is one read for all of them.
void ChannelReader::follow(std::vector<Queue>& queues, Sudogs& known) const {
  while (true) {
    std::vector<Queue*> open;
    std::vector<std::uint64_t> missing;
    for (auto& queue : queues) {
      if (advance(queue, known)) continue;
      open.push_back(&queue);
      missing.push_back(queue.at);
    }
    if (open.empty()) return;
    const Structs read(memory_, missing, sudog_size_);
    for (std::size_t i = 0; i < open.size(); ++i) {
      auto sudog = parse_sudog(read[i], missing[i]);
      if (open[i]->both_sides) known.emplace(missing[i], sudog);
      count(*open[i], sudog);
    }
  }
}

// A million goroutines on one channel come in a thousand batches: its queue is followed once. Where
// both sides wait it is not enough to know how many.
bool ChannelReader::take_counted(Hchan& hchan) const {
  auto found = counted_.find(hchan.channel.address);
  if (found == counted_.end() || (hchan.recvq != 0 && hchan.sendq != 0)) return false;
  const auto& counts = found->second;
  if ((counts.receivers != 0) != (hchan.recvq != 0)) return false;
  if ((counts.senders != 0) != (hchan.sendq != 0)) return false;
  hchan.channel.receivers = counts.receivers;
  hchan.channel.senders = counts.senders;
  return true;
}

void ChannelReader::count_waiters(Hchans& hchans, Sudogs& known) {
  std::vector<Queue> queues;
  for (auto& [address, hchan] : hchans) {
    if (take_counted(hchan)) continue;
    bool both_sides = hchan.recvq != 0 && hchan.sendq != 0;
    queues.push_back({address, hchan.recvq, both_sides});
    queues.push_back({address, hchan.sendq, both_sides});
  }
  follow(queues, known);
  for (std::size_t i = 0; i < queues.size(); i += 2) {
    auto& channel = hchans.at(queues[i].channel).channel;
    channel.receivers = queues[i].count;
    channel.senders = queues[i + 1].count;
    bool others = channel.receivers + channel.senders > 1;  // who may come in another batch
    if (others) counted_[channel.address] = {channel.receivers, channel.senders};
  }
}

// Of a case of a select: a sudog does not say it, the queue it stands in does. Where both sides
// wait both were followed.
std::optional<bool> ChannelReader::sends(const Sudog& sudog, const Hchan& hchan,
                                         const Sudogs& known) {
  if ((hchan.recvq == 0) != (hchan.sendq == 0)) return hchan.recvq == 0;
  auto stands_in = [&](std::uint64_t at) {
    for (std::uint32_t i = 0; at != 0 && at != sudog.address && i < kMaxWaiters; ++i) {
      auto next = known.find(at);
      at = next == known.end() ? 0 : next->second.next;
    }
    return at == sudog.address;
  };
  bool receives = stands_in(hchan.recvq), send = stands_in(hchan.sendq);
  if (receives == send) return std::nullopt;
  return send;
}

// False where not all of it fits together.
bool ChannelReader::tell(const Wanted& wanted, const Cases& cases, const Hchans& hchans,
                         const Sudogs& known) {
  auto& channels = wanted.waits->channels;
  for (const auto& sudog : cases) {
    auto found = hchans.find(sudog.channel);
    if (found == hchans.end()) return false;
    const auto& hchan = found->second;
    std::optional<bool> send = wanted.wait == Wait::kSend;
    if (wanted.wait == Wait::kSelect) send = sends(sudog, hchan, known);
    if (!send || (*send ? hchan.sendq : hchan.recvq) == 0) return false;  // it is being woken
    channels.push_back(hchan.channel);
    channels.back().send = *send;
  }
  return !channels.empty();
}

void ChannelReader::read(WantedBatch all) {
  std::vector<Wanted> batch;
  for (const auto& wanted : all) {
    if (has_no_case(wanted)) wanted.waits->kind = WaitsFor::Kind::kNothing;
    if (wants_channels(wanted) && wanted.g->waiting != 0) batch.push_back(wanted);
  }
  if (batch.empty()) return;
  const auto cases = read_cases(batch);
  auto hchans = read_hchans(cases);
  Sudogs known;
  for (const auto& list : cases) {
    for (const auto& sudog : list) known.emplace(sudog.address, sudog);
  }
  count_waiters(hchans, known);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& waits = *batch[i].waits;
    if (tell(batch[i], cases[i], hchans, known)) {
      waits.kind = WaitsFor::Kind::kChannels;
    } else {
      waits.channels.clear();
    }
  }
}

}  // namespace gosnoop::snapshot
