// SPDX-License-Identifier: Apache-2.0
// Writes a recording of a made-up program, to see how long reports of a large one take:
//   make_recording FILE [events] [live goroutines]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "event/recording.h"
#include "program.h"

namespace {

using namespace gosnoop;

constexpr std::uint64_t kPcs = 4096;  // more than Program has stacks and functions

class Writer {
 public:
  explicit Writer(event::RecordingWriter file) : file_(std::move(file)) {}

  void put(const std::vector<std::byte>& record) {
    auto written = file_.on_record(record);
    if (written) return;
    std::fprintf(stderr, "make_recording: %s\n", written.error().message.c_str());
    std::exit(1);
  }
  void put(const event::Event& event) { put(event::encode(event)); }

  // A stack of eight frames, and a line, for every number that Program uses.
  void names() {
    for (std::uint64_t i = 1; i <= kPcs; ++i) {
      event::Stack stack{.hash = i, .truncated = false, .frames = {}};
      for (std::uint64_t frame = 0; frame < 8; ++frame) {
        stack.frames.push_back(0x1000 + (i * 7 + frame * 13) % kPcs);
      }
      const auto function = "example.com/app/package.(*Type).method" + std::to_string(i);
      put(event::Symbol{0x1000 + i - 1, {{function, "/src/app/package/file.go", 12}}});
      put(stack);
    }
  }

 private:
  event::RecordingWriter file_;
};

int write(const std::string& path, std::size_t events, std::size_t live) {
  auto file = event::RecordingWriter::create(path);
  if (!file) {
    std::fprintf(stderr, "make_recording: %s\n", file.error().message.c_str());
    return 1;
  }
  Writer writer(std::move(*file));
  event::Target target;
  target.exe = "/usr/bin/made-up";
  target.go_version = "go1.24.4";
  target.wait_reasons = {"", "GC assist marking", "IO wait", "chan receive"};
  writer.put(target);
  writer.put(event::WindowStart{1'000'000'000, 1'795'262'584'000'000'000});
  writer.put(event::SnapshotBegin{1'000'000'000});
  writer.put(event::SnapshotEnd{1'000'000'000, 0, 0});
  writer.names();
  bench::Program program(live);
  for (std::size_t i = 0; i < events; ++i) writer.put(program.next());
  writer.put(event::BlockTotals{.stack = 1001,
                                .reason = 3,
                                .count = events / 3,
                                .sum_ns = events,
                                .max_ns = 1'000'000,
                                .slots = {}});
  writer.put(event::WindowEnd{1'000'000'000 + events * 1000, event::EndReason::kComplete});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: make_recording FILE [events] [live goroutines]\n");
    return 2;
  }
  auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  return write(argv[1], number(2, 10'000'000), number(3, 100'000));
}
