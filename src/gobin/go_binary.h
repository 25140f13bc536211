// SPDX-License-Identifier: Apache-2.0
// What an executable says about itself: the facts of a Go binary that all later stages rest on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "gobin/elf_image.h"
#include "gobin/layout.h"

namespace gosnoop::gobin {

// A function that the linker placed; `name` points into the file's bytes.
struct Function {
  LinkAddress entry;
  LinkAddress end;  // the next function's entry
  std::string_view name;
  std::uint32_t index = 0;  // in the function table
};

// What an unwinder must know of a function (src/internal/abi/symtab.go, FuncFlag).
struct FunctionFlags {
  bool top_frame = false;  // nothing called it
  bool writes_sp = false;  // in a way that the pcsp table does not tell: it switches stacks
};

// One line of source a pc belongs to. A pc has several where calls were inlined.
struct SourceLine {
  std::string_view function;
  std::string_view file;
  int line = 0;
  bool inlined = false;  // the function of this line was inlined into that of the next one
};

// Where the runtime keeps what gosnoop reads. Link addresses; zero: not found.
struct RuntimeGlobals {
  LinkAddress allgs;    // slice header {ptr, len, cap} of runtime.allgs
  LinkAddress allgptr;  // runtime.allgptr; read allglen first, then this
  LinkAddress allglen;  // runtime.allglen
};

// Offset of the current g from the thread's FS base (x86-64).
struct TlsOffset {
  enum class Kind { kConstant, kGotSlot } kind = Kind::kConstant;
  std::int64_t offset = 0;  // kConstant
  LinkAddress got_slot;     // kGotSlot: an int64 to read from the live process
};

// Immutable. Parsing is pure: it reads the given bytes and nothing else, and whatever they hold,
// it gives a GoBinary or an Error. The bytes must outlive the GoBinary.
class GoBinary {
 public:
  static Result<GoBinary> parse(Bytes file);

  GoBinary(GoBinary&&) noexcept;
  GoBinary& operator=(GoBinary&&) noexcept;
  ~GoBinary();

  const ElfImage& image() const;

  const std::string& go_version() const;   // "go1.24.4", as .go.buildinfo has it
  int go_minor() const;                    // 24; 999 for a development version without a number
  const std::string& module_path() const;  // path of the main package ("example.com/cmd/x"), or ""
  const std::string& build_id() const;     // GNU build id in hex, else Go's build id, else ""
  bool stripped() const;                   // neither .symtab nor DWARF
  bool has_dwarf() const;

  // All functions, by ascending entry.
  std::size_t function_count() const;
  Function function(std::size_t index) const;
  // The function containing pc; nothing where pc is outside the Go text.
  std::optional<Function> function_at(LinkAddress pc) const;
  // By the name pclntab has (no ".abi0" suffix). Where there is an ABI wrapper of the same name,
  // the real function (funcID differs from the wrapper's).
  std::optional<Function> find_function(std::string_view name) const;

  // Source lines of the instruction at pc, innermost (inlined) first; empty outside the Go text.
  // For a return address pass `return address - 1`.
  std::vector<SourceLine> lines_at(LinkAddress pc) const;
  // How far SP is below the frame's return address at pc (pcsp table); nothing where unknown.
  std::optional<std::int32_t> sp_delta(LinkAddress pc) const;
  FunctionFlags flags(const Function& function) const;
  // The machine code of a function; empty where the file does not hold it.
  Bytes code(const Function& function) const;
  // For each of `names`: the functions that have an inlined copy of it, from all inline trees.
  struct InlinedCopy {
    std::string_view callee;
    std::string_view into;
  };
  std::vector<InlinedCopy> inlined_copies(std::span<const std::string_view> names) const;

  // Struct offsets: the binary's DWARF where there is any, else the generated table.
  const RuntimeLayout& layout() const;
  const RuntimeGlobals& globals() const;
  const TlsOffset& tls_offset() const;
  // runtime.waitReasonStrings: index = g.waitreason. Read from the binary, else from the table.
  const std::vector<std::string>& wait_reasons() const;

 private:
  struct Impl;
  explicit GoBinary(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::gobin
