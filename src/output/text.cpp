// SPDX-License-Identifier: Apache-2.0
#include "output/text.h"

#include "output/block_text.h"
#include "output/header_text.h"
#include "output/leak_text.h"
#include "output/syscall_text.h"
#include "output/tcp_text.h"

namespace gosnoop::output {

void write_leaks(std::ostream& out, const analyze::Report& report, const TextOptions& options) {
  write_leak_answers(out, report, options);
  write_header(out, report, options);
  if (accuses(report)) write_counts(out, report);
  write_leak_evidence(out, report, options);
  write_syscall_table(out, report, options);
}

void write_block(std::ostream& out, const analyze::Report& report, const TextOptions& options) {
  write_block_answer(out, report, options);
  write_header(out, report, options);
  write_counts(out, report);
  write_hotspots(out, report, options);
  write_syscall_table(out, report, options);
}

void write_syscalls(std::ostream& out, const analyze::Report& report, const TextOptions& options) {
  write_syscall_answer(out, report, options);
  write_header(out, report, options);
  write_syscall_table(out, report, options);
}

void write_both(std::ostream& out, const analyze::Report& report, const TextOptions& options) {
  write_leak_answers(out, report, options);
  write_block_answer(out, report, options);
  write_header(out, report, options);
  if (accuses(report)) write_counts(out, report);
  write_leak_evidence(out, report, options);
  write_hotspots(out, report, options);
  write_syscall_table(out, report, options);
}

void write_tcp(std::ostream& out, const analyze::Report& report, const TextOptions& options) {
  write_tcp_answers(out, report, options);
  write_header(out, report, options);
  write_tcp_evidence(out, report, options);
}

}  // namespace gosnoop::output
