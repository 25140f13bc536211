// SPDX-License-Identifier: Apache-2.0
#include "analyze/sliding.h"

#include <algorithm>

#include "event/totals.h"

namespace gosnoop::analyze {
namespace {

constexpr std::size_t kKept = 2;

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

}  // namespace

void SlidingPipeline::on(const event::Event& event) {
  if (const auto* target = std::get_if<event::Target>(&event)) {
    target_ = *target;
  } else if (const auto* start = std::get_if<event::WindowStart>(&event)) {
    begin(*start);
  } else if (const auto* loss = std::get_if<event::Loss>(&event)) {
    pass_on(*loss);
  } else {
    pass_on(event);
    if (std::holds_alternative<event::SnapshotEnd>(event)) count();
  }
}

void SlidingPipeline::begin(const event::WindowStart& start) {
  auto& part = parts_.emplace_back(Part{Pipeline(options_), losses_});
  part.pipeline.on(target_);
  part.pipeline.on(start);
  if (parts_.size() > kKept) parts_.pop_front();
}

void SlidingPipeline::pass_on(const event::Event& event) {
  for (auto& part : parts_) part.pipeline.on(event);
}

// The kernel counts since the probes were set.
void SlidingPipeline::pass_on(const event::Loss& loss) {
  const LossKey key{loss.what, loss.cpu};
  for (auto& part : parts_) part.pipeline.on(event::since(loss, part.losses_before[key]));
  losses_[key] = loss;
}

// With its first snapshot a part begins to count; what the older one had counted by then goes
// before that.
void SlidingPipeline::count() {
  const auto sum = lives();
  for (auto& part : parts_) {
    if (std::exchange(part.counted, true)) continue;
    const auto own = part.pipeline.goroutines();
    part.created_before = less(sum.created, own.created);
    part.exited_before = less(sum.exited, own.exited);
  }
}

Report SlidingPipeline::report() const {
  return parts_.empty() ? Report{} : parts_.front().pipeline.report();
}

SlidingPipeline::Lives SlidingPipeline::lives() {
  if (parts_.empty()) return lives_;
  const Part& part = parts_.front();
  const auto own = part.pipeline.goroutines();
  lives_.created = std::max(lives_.created, part.created_before + own.created);
  lives_.exited = std::max(lives_.exited, part.exited_before + own.exited);
  lives_.exact = own.exact;
  return lives_;
}

}  // namespace gosnoop::analyze
