// SPDX-License-Identifier: Apache-2.0
#include "target/syscalls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <seccomp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/file.h"
#include "target/call_flags.h"

namespace gosnoop::target {
namespace {

struct Free {
  void operator()(char* text) const { std::free(text); }
};

std::string name_of(int number) {
  const std::unique_ptr<char, Free> name(
      seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number));
  return name ? name.get() : fmt::format("syscall_{}", number);
}

// The names the kernel's SYSCALL_DEFINEs have for file descriptors: fd, dfd, epfd, pidfd, in_fd,
// fd_out, fildes, …
bool names_fd(std::string_view name) {
  return name.ends_with("fd") || name.starts_with("fd_") || name == "fildes" || name == "mqdes";
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::string_view kEscaped = "\t\n\v\f\r\"\\", kLetters = "tnvfr\"\\";
  std::string result = "\"";
  for (const char c : text) {
    const auto escaped = kEscaped.find(c);
    if (escaped != kEscaped.npos) {
      result += fmt::format("\\{}", kLetters[escaped]);
    } else if (c < ' ' || c > '~') {
      result += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::optional<Call> parse_call(std::string_view text) {
  Call call;
  unsigned long long a[6], sp = 0;
  const std::string line(text);
  int fields = std::sscanf(line.c_str(), "%d %llx %llx %llx %llx %llx %llx %llx", &call.number,
                           &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &sp);
  if (fields != 8 || call.number < 0) return std::nullopt;
  std::copy(std::begin(a), std::end(a), call.arguments.begin());
  call.sp = sp;
  return call;
}

std::optional<Call> current_call(pid_t pid, pid_t tid) {
  auto text = read_text_file(fmt::format("/proc/{}/task/{}/syscall", pid, tid));
  return text ? parse_call(*text) : std::nullopt;
}

// "const char * filename", "unsigned int fd", as the kernel declares it.
CallWriter::Argument CallWriter::parse_argument(std::string_view declaration) {
  using Kind = Argument::Kind;
  auto space = declaration.rfind(' ');
  auto type = declaration.substr(0, space);
  Argument argument{Kind::kUnsigned, std::string(declaration.substr(space + 1))};
  if (type.find('*') != type.npos || type == "unsigned long") {
    argument.kind = Kind::kHexadecimal;
  } else if (type == "int" || type.ends_with("pid_t")) {
    argument.kind = Kind::kInt;
  } else if (type == "long" || type == "loff_t") {
    argument.kind = Kind::kLong;
  } else if (type == "umode_t") {
    argument.kind = Kind::kOctal;
  }
  bool pointer = type.find('*') != type.npos;
  if (!pointer && names_fd(argument.name)) argument.kind = Kind::kFd;
  return argument;
}

// Lines like "\tfield:unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;" after that of __syscall_nr.
// Other names with two underscores are copies of what pointers point at (Linux 6.19).
std::vector<CallWriter::Argument> CallWriter::parse_format(std::string_view format) {
  constexpr std::string_view kField = "field:", kNumber = "__syscall_nr;";
  std::vector<Argument> arguments;
  auto at = format.find(kNumber);
  while ((at = format.find(kField, at)) != format.npos) {
    at += kField.size();
    auto argument = parse_argument(format.substr(at, format.find(';', at) - at));
    if (!argument.name.starts_with("__")) arguments.push_back(std::move(argument));
  }
  return arguments;
}

// Some calls have another name inside the kernel than in its table: newfstat, sendfile64.
std::string CallWriter::read_format(const std::string& name) const {
  for (const auto& inside : {name, "new" + name, name + "64"}) {
    auto path = fmt::format("{}/events/syscalls/sys_enter_{}/format", tracing_, inside);
    if (auto text = read_text_file(path)) return *text;
  }
  return {};
}

const CallWriter::Signature& CallWriter::signature(int number) {
  auto [entry, added] = signatures_.try_emplace(number);
  auto& signature = entry->second;
  if (!added) return signature;
  signature.name = name_of(number);
  auto format = read_format(signature.name);
  if (!format.empty()) signature.arguments = parse_format(format);
  return signature;
}

std::string CallWriter::fd_text(int fd) const {
  if (fd == AT_FDCWD) return "AT_FDCWD";
  auto link = sockets_.link(fd);
  if (link.empty()) return fmt::format("{}", fd);
  auto socket = sockets_.find(link);
  if (!socket) return fmt::format("{} <{}>", fd, link);
  auto arrow = socket->remote.empty() ? "" : "->";
  return fmt::format("{} <{} {}{}{}>", fd, socket->protocol, socket->local, arrow, socket->remote);
}

// A descriptor of a call that is over: what it names now is told only where that is still what it
// named then. A file system may show other inodes than it has (overlayfs): then a path is doubtful.
std::string CallWriter::past_fd_text(const Call& call, std::size_t index) const {
  auto fd = static_cast<int>(call.arguments[index]);
  if (fd < 0 || (index == 0 && call.file_inode == 0)) {
    return fd == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", fd);
  }
  auto link = sockets_.link(fd);
  if (index == 0 && sockets_.inode(fd) == call.file_inode) return fd_text(fd);
  return link.starts_with('/') ? fmt::format("{} <{}?>", fd, link)
                               : fmt::format("{} <unknown>", fd);
}

std::string CallWriter::value_text(const Call& call, std::size_t index,
                                   const Signature& signature) const {
  const auto& [kind, argument] = (*signature.arguments)[index];
  const auto value = call.arguments[index];
  if (!call.paths[index].empty()) return call.paths[index];
  if (auto flags = flags_text(signature.name, argument, value)) return *flags;
  switch (kind) {
    case Argument::Kind::kFd:
      return call.file_inode ? past_fd_text(call, index) : fd_text(static_cast<int>(value));
    case Argument::Kind::kInt:
      return fmt::format("{}", static_cast<std::int32_t>(value));
    case Argument::Kind::kLong:
      return fmt::format("{}", static_cast<std::int64_t>(value));
    case Argument::Kind::kUnsigned:
      return fmt::format("{}", value);
    case Argument::Kind::kOctal:
      return fmt::format("{:#o}", value);
    case Argument::Kind::kHexadecimal:
      break;
  }
  return fmt::format("{:#x}", value);
}

std::string CallWriter::write(const Call& call) {
  const auto& of_call = signature(call.number);
  const auto& [name, arguments] = of_call;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (!arguments) {
      texts.push_back(fmt::format("{:#x}", call.arguments[i]));
    } else if (i < arguments->size()) {
      texts.push_back(fmt::format("{}={}", (*arguments)[i].name, value_text(call, i, of_call)));
    }
  }
  return fmt::format("{}({})", name, fmt::join(texts, ", "));
}

}  // namespace gosnoop::target
