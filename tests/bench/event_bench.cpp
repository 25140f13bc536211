// SPDX-License-Identifier: Apache-2.0
// How many events a second one core can decode and take into account. Prints numbers, judges none:
//   event_bench [live goroutines] [events]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "analyze/pipeline.h"
#include "event/wire.h"

namespace {

using namespace gosnoop;

constexpr std::size_t kBatch = 4096;

// A program that creates, blocks and ends goroutines, oldest first, from a few dozen lines.
class Program {
 public:
  explicit Program(std::size_t live) : live_(live) {}

  std::vector<std::byte> next() {
    time_ += 1000;
    switch (step_++ % 3) {
      case 0:
        return create();
      case 1:
        return block();
      default:
        return running_.size() > live_ ? exit() : create();
    }
  }

 private:
  std::vector<std::byte> create() {
    running_.push_back(++goid_);
    return event::encode(event::GoCreate{.time = time_,
                                         .goid = goid_,
                                         .parent = 1,
                                         .start_pc = 0x1000 + goid_ % 37,
                                         .go_pc = 0x2000 + goid_ % 37,
                                         .stack = 1 + goid_ % 97});
  }
  std::vector<std::byte> block() {
    return event::encode(event::GoBlock{.time = time_,
                                        .goid = running_[step_ * 7919 % running_.size()],
                                        .duration_ns = 1'000'000,
                                        .stack = 1000 + step_ % 61,
                                        .waker = event::Waker::kGoroutine,
                                        .waker_stack = 2000 + step_ % 13,
                                        .reason = 3});
  }
  std::vector<std::byte> exit() {
    auto goid = running_.front();
    running_.pop_front();
    return event::encode(event::GoExit{.time = time_, .goid = goid});
  }

  std::size_t live_;
  std::size_t step_ = 0;
  event::TimeNs time_ = 1'000'000'000;
  event::Goid goid_ = 0;
  std::deque<event::Goid> running_;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long resident_kib() {
  long pages = 0;
  if (std::FILE* statm = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(statm, "%*s %ld", &pages) != 1) pages = 0;
    std::fclose(statm);
  }
  return pages * 4;
}

// CPU time of decode and on() alone: the records are made beforehand, batch by batch.
double feed(Program& program, analyze::Pipeline& pipeline, std::size_t events) {
  double spent = 0;
  for (std::size_t done = 0; done < events; done += kBatch) {
    std::vector<std::vector<std::byte>> records;
    for (std::size_t i = 0; i < kBatch; ++i) records.push_back(program.next());
    double start = cpu_seconds();
    for (const auto& record : records) {
      if (auto event = event::decode(record)) pipeline.on(*event);
    }
    spent += cpu_seconds() - start;
  }
  return spent;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t live = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  std::size_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5'000'000;
  Program program(live);
  analyze::Pipeline pipeline;
  long before = resident_kib();
  feed(program, pipeline, live * 2);  // until as many live
  double spent = feed(program, pipeline, events);
  double start = cpu_seconds();
  auto report = pipeline.report();
  std::printf("%.2f million events a second of CPU time, %llu goroutines live\n",
              static_cast<double>(events) / spent / 1e6,
              static_cast<unsigned long long>(report.goroutines.now));
  std::printf("report in %.0f ms, %ld KiB more resident than before\n",
              (cpu_seconds() - start) * 1e3, resident_kib() - before);
}
