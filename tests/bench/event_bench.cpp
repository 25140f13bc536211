// SPDX-License-Identifier: Apache-2.0
// How many events a second one core can decode and take into account. Prints numbers, judges none:
//   event_bench [live goroutines] [events]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "analyze/pipeline.h"
#include "program.h"

namespace {

using namespace gosnoop;
using gosnoop::bench::Program;

constexpr std::size_t kBatch = 4096;

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
