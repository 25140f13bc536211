// SPDX-License-Identifier: Apache-2.0
#include "output/stack_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <string_view>

#include "output/units.h"

namespace gosnoop::output {
namespace {

// Wider functions push their file to the right instead of everyone's.
constexpr std::size_t kMaxFunctionColumn = 48;

template <typename... Prefixes>
bool starts_with_any(std::string_view text, Prefixes... prefixes) {
  return (text.starts_with(prefixes) || ...);
}

// sync.runtime_Semacquire, internal/poll.runtime_pollWait: runtime functions under another name.
bool is_linkname(std::string_view function) {
  const std::size_t package_end = function.find('.', function.rfind('/') + 1);
  return package_end != std::string_view::npos &&
         function.substr(package_end + 1).starts_with("runtime_");
}

bool is_coroutine_frame(std::string_view function) {
  return starts_with_any(function, "iter.Pull[", "iter.Pull2[", "iter.coro");
}

// sync.(*WaitGroup).Go is there from Go 1.25 on.
bool creates_for_caller(const Frame& frame) {
  return is_runtime_frame(frame) || is_coroutine_frame(frame.function) ||
         frame.function == "sync.(*WaitGroup).Go";
}

bool waits_for_caller(const Frame& frame) {
  return is_runtime_frame(frame) || is_coroutine_frame(frame.function) ||
         frame.function == "time.Sleep" || starts_with_any(frame.function, "sync.", "internal/");
}

// An address of C code is no place either, where a Go function called it.
bool calls_for_caller(const Frame& frame) {
  return is_runtime_frame(frame) || frame.file.empty() || frame.function.starts_with("_cgo") ||
         starts_with_any(frame.function, "syscall.", "internal/", "os.", "net.", "io.", "bufio.",
                         "golang.org/x/sys/", "main._Cfunc_");
}

// How the runtime calls the kernel for itself: locks and notes of threads, memory, pauses
// (lock_futex.go, mem_linux.go, os_linux.go and sys_linux_amd64.s).
bool calls_for_runtime(const Frame& frame) {
  const std::string& name = frame.function;
  return starts_with_any(name, "internal/runtime/", "runtime/internal/", "runtime.futex",
                         "runtime.note", "runtime.semasleep", "runtime.semawakeup", "runtime.lock",
                         "runtime.unlock", "runtime.mPark", "runtime.usleep", "runtime.osyield",
                         "runtime.epoll", "runtime.mmap", "runtime.munmap", "runtime.madvise",
                         "runtime.sysMap", "runtime.sysAlloc", "runtime.sysReserve",
                         "runtime.sysUsed", "runtime.sysUnused", "runtime.sysFree",
                         "runtime.sysHugePage") ||
         name == "runtime.read" || name == "runtime.write" || name == "runtime.write1";
}

bool opens_for_caller(const Frame& frame) {
  return calls_for_caller(frame) || starts_with_any(frame.function, "net/http.", "crypto/tls.");
}

template <typename Skip>
const Frame* innermost(const Frames& stack, Skip skip) {
  if (stack.empty()) return nullptr;
  const auto found = std::find_if_not(stack.begin(), stack.end(), skip);
  return found == stack.end() ? &stack.front() : &*found;
}

// "net/http" of "net/http.(*conn).serve"; a type argument may hold slashes of its own.
std::string_view package_of(std::string_view function) {
  function = function.substr(0, function.find('['));
  const std::size_t slash = function.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash;
  return function.substr(0, function.find('.', start));
}

// Where "PACKAGE/FILE" starts in the path of a file of that package; 0 where it does not.
std::size_t package_tail(std::string_view path, std::string_view package) {
  const std::size_t file = path.rfind('/');
  if (file == std::string_view::npos || package == "main") return 0;
  const std::string_view folder = path.substr(0, file);
  if (package.empty() || folder.size() <= package.size() || !folder.ends_with(package)) return 0;
  const std::size_t start = folder.size() - package.size();
  return folder[start - 1] == '/' ? start : 0;
}

}  // namespace

bool is_runtime_frame(const Frame& frame) {
  return starts_with_any(frame.function, "runtime.", "internal/runtime/", "runtime/internal/") ||
         is_linkname(frame.function);
}

const Frame* creating_frame(const Frames& stack) { return innermost(stack, creates_for_caller); }

const Frame* waiting_frame(const Frames& stack) { return innermost(stack, waits_for_caller); }

const Frame* calling_frame(const Frames& stack) {
  const auto found = std::find_if_not(stack.begin(), stack.end(), calls_for_caller);
  if (found != stack.end()) return &*found;
  if (stack.empty()) return nullptr;
  const bool of_runtime = std::all_of(stack.begin(), stack.end(), is_runtime_frame);
  const auto place =
      of_runtime ? std::find_if_not(stack.begin(), stack.end(), calls_for_runtime) : stack.end();
  return place == stack.end() ? &stack.back() : &*place;
}

const Frame* opening_frame(const Frames& stack) {
  const auto found = std::find_if_not(stack.begin(), stack.end(), opens_for_caller);
  if (found != stack.end()) return &*found;
  const auto outermost = std::find_if_not(stack.rbegin(), stack.rend(), is_runtime_frame);
  return outermost == stack.rend() ? nullptr : &*outermost;
}

std::span<const Frame> without_runtime(const Frames& stack) {
  const auto first = std::find_if_not(stack.begin(), stack.end(), is_runtime_frame);
  if (first == stack.end()) return stack;
  const auto last = std::find_if_not(stack.rbegin(), stack.rend(), is_runtime_frame).base();
  return {first, last};
}

std::string short_path(const Frame& frame) {
  constexpr std::string_view kModuleCache = "/pkg/mod/";
  const std::string_view path = frame.file;
  if (const std::size_t cache = path.find(kModuleCache); cache != std::string_view::npos) {
    return std::string(path.substr(cache + kModuleCache.size()));
  }
  // Functions of other packages that live in the runtime, such as time.Sleep.
  constexpr std::string_view kRuntime = "/src/runtime/";
  if (const std::size_t runtime = path.rfind(kRuntime); runtime != std::string_view::npos) {
    return std::string(path.substr(runtime + std::string_view("/src/").size()));
  }
  return std::string(path.substr(package_tail(path, package_of(frame.function))));
}

std::string location(const Frame& frame, bool full_paths) {
  if (frame.file.empty()) return "";
  const std::string path = full_paths ? frame.file : short_path(frame);
  return fmt::format("{}:{}", printable(path), frame.line);
}

std::string brief(const Frame& frame) {
  if (frame.file.empty()) return printable(frame.function);
  const std::string_view path = frame.file;
  return fmt::format("{} {}:{}", printable(frame.function),
                     printable(path.substr(path.rfind('/') + 1)), frame.line);
}

void write_stack(std::ostream& out, const Frames& stack, std::size_t indent, bool full_paths,
                 const Style& style) {
  if (stack.empty()) {
    fmt::print(out, "{:{}}{}\n", "", indent, style.dim("(stack not known)"));
    return;
  }
  std::size_t column = 0;
  for (const Frame& frame : without_runtime(stack)) {
    column = std::max(column, std::min(frame.function.size(), kMaxFunctionColumn));
  }
  for (const Frame& frame : without_runtime(stack)) {
    const std::string where = location(frame, full_paths);
    const std::string function = printable(frame.function);
    if (where.empty()) {
      fmt::print(out, "{:{}}{}\n", "", indent, function);
    } else {
      fmt::print(out, "{:{}}{:<{}}  {}\n", "", indent, function, column, style.dim(where));
    }
  }
}

}  // namespace gosnoop::output
