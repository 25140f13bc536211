// SPDX-License-Identifier: Apache-2.0
#include "target/thread_sample.h"

#include <asm/perf_regs.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/fd.h"

namespace gosnoop::target {
namespace {

using Clock = std::chrono::steady_clock;

// A sample, which is at most 64 KiB (perf_event_header.size), fits in at once.
constexpr std::size_t kRecordBytes = 65536;
static_assert(kStackSample <= kRecordBytes / 2);

perf_event_attr attributes() {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_TASK_CLOCK;
  attr.sample_period = 20'000;  // ns of the thread's own time
  attr.sample_type = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attr.sample_regs_user = (1u << PERF_REG_X86_SP) | (1u << PERF_REG_X86_IP);
  attr.sample_stack_user = kStackSample;
  attr.wakeup_events = 1;
  attr.disabled = 1;
  attr.exclude_kernel = 1;
  attr.exclude_hv = 1;
  return attr;
}

// The clock of one thread, and the ring its sample comes in.
class ThreadClock {
 public:
  // Ticks once; errno tells why where it cannot.
  static std::optional<ThreadClock> start(pid_t tid) {
    auto attr = attributes();
    Fd fd(
        static_cast<int>(::syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!fd) return std::nullopt;
    void* ring = ::mmap(nullptr, ring_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (ring == MAP_FAILED) return std::nullopt;
    ThreadClock clock(tid, std::move(fd), ring);
    if (::ioctl(clock.fd(), PERF_EVENT_IOC_REFRESH, 1) != 0) return std::nullopt;
    return clock;
  }

  ThreadClock(ThreadClock&& other) noexcept
      : tid_(other.tid_), fd_(std::move(other.fd_)), ring_(std::exchange(other.ring_, nullptr)) {}
  ThreadClock& operator=(ThreadClock&&) = delete;
  ~ThreadClock() {
    if (ring_ != nullptr) ::munmap(ring_, ring_bytes());
  }

  int fd() const { return fd_.get(); }

  std::optional<ThreadSample> sample() const {
    auto* control = static_cast<perf_event_mmap_page*>(ring_);
    auto head = std::atomic_ref(control->data_head).load(std::memory_order_acquire);
    const auto* records = static_cast<const std::byte*>(ring_) + page_size();
    auto found = first_sample({records, std::min<std::size_t>(head, kRecordBytes)});
    if (found) found->tid = tid_;
    return found;
  }

 private:
  ThreadClock(pid_t tid, Fd fd, void* ring) : tid_(tid), fd_(std::move(fd)), ring_(ring) {}

  static std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  static std::size_t ring_bytes() { return page_size() + kRecordBytes; }

  pid_t tid_;
  Fd fd_;
  void* ring_;  // a page of control data, then the records
};

// Until each has ticked, or its thread has ended, or the time is over.
void wait_for(std::span<const ThreadClock> clocks, Clock::time_point end) {
  std::vector<pollfd> waiting;
  for (const auto& clock : clocks) waiting.push_back({clock.fd(), POLLIN, 0});
  while (!waiting.empty()) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return;
    int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return;
    if (ready > 0) std::erase_if(waiting, [](const pollfd& one) { return one.revents != 0; });
  }
}

tl::unexpected<Error> refused(int error) {
  return fail(ErrorCode::kNoPermission,
              fmt::format("the kernel gives no samples of threads (perf_event_open): {}",
                          std::strerror(error)),
              "run gosnoop as root; in a container add the capability PERFMON", error);
}

}  // namespace

// include/uapi/linux/perf_event.h, PERF_RECORD_SAMPLE; the registers are in ascending order.
std::optional<ThreadSample> first_sample(Bytes records) {
  Cursor cursor(records);
  auto header = cursor.read<perf_event_header>();
  while (header && header->type != PERF_RECORD_SAMPLE && header->size >= sizeof(*header)) {
    records = records.subspan(std::min<std::size_t>(header->size, records.size()));
    cursor = Cursor(records);
    header = cursor.read<perf_event_header>();
  }
  if (!header || header->type != PERF_RECORD_SAMPLE) return std::nullopt;
  auto abi = cursor.read<std::uint64_t>();
  if (abi != PERF_SAMPLE_REGS_ABI_64) return std::nullopt;
  auto sp = cursor.read<std::uint64_t>();
  auto ip = cursor.read<std::uint64_t>();
  auto room = cursor.read<std::uint64_t>();
  if (!sp || !ip || !room) return std::nullopt;
  auto copied = *room == 0 ? 0 : read_at<std::uint64_t>(records, cursor.offset() + *room);
  auto stack = slice(records, cursor.offset(), std::min(copied.value_or(0), *room));
  return ThreadSample{0, *ip, *sp, {stack.begin(), stack.end()}};
}

Result<std::vector<ThreadSample>> sample_threads(std::span<const pid_t> tids,
                                                 std::chrono::milliseconds limit) {
  auto end = Clock::now() + limit;
  std::vector<ThreadClock> clocks;
  int error = 0;
  for (pid_t tid : tids) {
    auto clock = ThreadClock::start(tid);
    if (clock) {
      clocks.push_back(std::move(*clock));
    } else if (errno != ESRCH) {
      error = errno;
    }
  }
  if (clocks.empty() && error != 0) return refused(error);
  wait_for(clocks, end);
  std::vector<ThreadSample> samples;
  for (const auto& clock : clocks) {
    if (auto sample = clock.sample()) samples.push_back(std::move(*sample));
  }
  return samples;
}

}  // namespace gosnoop::target
