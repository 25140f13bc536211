// SPDX-License-Identifier: Apache-2.0
// Stacks for people: which frame matters, and how it is written.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "output/style.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

using symbol::Frame;
using symbol::Frames;

// Part of the machinery that parks and creates goroutines: says nothing about the program.
bool is_runtime_frame(const Frame& frame);

// The frame that answers "who created it": the innermost that is not the runtime's and no helper
// of the standard library that only runs `go` on behalf of its caller. nullptr for no frames.
const Frame* creating_frame(const Frames& stack);
// The frame that answers "where does it wait": the innermost outside runtime, sync, internal, what
// of net, io and bufio passes on, and methods that the compiler made (as for the following two).
const Frame* waiting_frame(const Frames& stack);
// The frame that answers "who calls the kernel": the innermost outside runtime, syscall, os and
// what of the standard library only passes calls on; where all are the runtime's, the innermost
// that calls for a purpose (runtime.stopm, not runtime.futexsleep); else the outermost. nullptr for
// no frames.
const Frame* calling_frame(const Frames& stack);

// The frame that answers "who opened the connection": the innermost outside runtime, net, net/http
// and what else passes on; where all are such, the outermost outside the runtime. nullptr for none.
const Frame* opening_frame(const Frames& stack);

// The stack without the runtime's frames at both ends; all of it where nothing else is there.
std::span<const Frame> without_runtime(const Frames& stack);

// The file, without the prefix of GOROOT, of a module cache, of a vendor folder.
std::string short_path(const Frame& frame);

std::string location(const Frame& frame, bool full_paths);  // "net/http/server.go:2220"
std::string brief(const Frame& frame);                      // "main.worker main.go:31"

// A frame a line, functions and files in two columns, `indent` spaces before each.
void write_stack(std::ostream& out, const Frames& stack, std::size_t indent, bool full_paths,
                 const Style& style);

}  // namespace gosnoop::output
