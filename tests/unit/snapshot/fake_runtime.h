// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "gobin/layout.h"
#include "snapshot/wanted.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

// A struct of the Go runtime, in this process's own memory.
class Object {
 public:
  std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(words_.data()); }
  template <typename T>
  Object& put(std::int32_t offset, T value) {
    if (offset != gobin::kNoField) {
      std::memcpy(reinterpret_cast<char*>(words_.data()) + offset, &value, sizeof(value));
    }
    return *this;
  }

 private:
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(64);
};

// This process as the target: structs that readers of waits are pointed at.
class FakeRuntime : public testing::Test {
 protected:
  void SetUp() override {
    auto memory = target::Memory::open(::getpid());
    ASSERT_TRUE(memory) << memory.error().message;
    memory_.emplace(std::move(*memory));
  }

  Object& object() { return *objects_.emplace_back(std::make_unique<Object>()); }

  // A goroutine that waits, with an empty stack.
  Goroutine& goroutine() {
    auto& g = *goroutines_.emplace_back(std::make_unique<Goroutine>());
    auto& stack = *stacks_.emplace_back(std::make_unique<std::vector<std::uint64_t>>(256));
    g.address.value = object().address();
    g.goid = goroutines_.size();
    g.status = Status::kWaiting;
    g.stack_lo = reinterpret_cast<std::uint64_t>(stack.data());
    g.stack_hi = g.stack_lo + stack.size() * sizeof(std::uint64_t);
    g.sp = g.stack_lo + 256;
    return g;
  }
  // A word of its stack, counted from the stack pointer.
  static void push(const Goroutine& g, std::size_t word, std::uint64_t value) {
    reinterpret_cast<std::uint64_t*>(g.sp)[word] = value;
  }

  Object& sudog(const Goroutine& g, std::uint64_t channel, bool is_select = false) {
    const auto& at = layout_.sudog;
    return object().put(at.g, g.address.value).put(at.c, channel).put(at.is_select, is_select);
  }

  template <typename Reader>
  WaitsFor read(Reader& reader, const Goroutine& g, Wait wait) {
    WaitsFor waits;
    const Wanted wanted{&g, wait, &waits};
    reader.read({&wanted, 1});
    return waits;
  }

  std::optional<target::Memory> memory_;
  gobin::RuntimeLayout layout_ = gobin::layout_from_table(24);

 private:
  std::vector<std::unique_ptr<Object>> objects_;
  std::vector<std::unique_ptr<Goroutine>> goroutines_;
  std::vector<std::unique_ptr<std::vector<std::uint64_t>>> stacks_;
};

}  // namespace gosnoop::snapshot
