// SPDX-License-Identifier: Apache-2.0
#include "gobin/function_index.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "gobin/function_ids.h"

namespace gosnoop::gobin {
namespace {

std::uint32_t hash_of(std::string_view name) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

bool is_wrapper(const Pclntab& table, std::uint32_t function, int go_minor) {
  const auto record = table.record(function);
  return record && record->func_id == wrapper_id(go_minor);
}

}  // namespace

FunctionIndex::FunctionIndex(const Pclntab& table) {
  slots_.reserve(table.function_count());
  for (std::uint32_t i = 0; i < table.function_count(); i++) {
    slots_.push_back({hash_of(table.function_name(i)), i});
  }
  std::sort(slots_.begin(), slots_.end(), [](const Slot& a, const Slot& b) {
    return std::tie(a.hash, a.function) < std::tie(b.hash, b.function);
  });
}

std::optional<std::uint32_t> FunctionIndex::find(const Pclntab& table, std::string_view name,
                                                 int go_minor) const {
  const auto hash = hash_of(name);
  auto slot = std::lower_bound(slots_.begin(), slots_.end(), hash,
                               [](const Slot& a, std::uint32_t wanted) { return a.hash < wanted; });
  std::optional<std::uint32_t> wrapper;
  for (; slot != slots_.end() && slot->hash == hash; ++slot) {
    if (table.function_name(slot->function) != name) continue;
    if (!is_wrapper(table, slot->function, go_minor)) return slot->function;
    wrapper = slot->function;
  }
  return wrapper;
}

std::optional<std::uint32_t> scan_for_function(const Pclntab& table, std::string_view name,
                                               int go_minor) {
  std::optional<std::uint32_t> wrapper;
  for (std::uint32_t i = 0; i < table.function_count(); i++) {
    if (table.function_name(i) != name) continue;
    if (!is_wrapper(table, i, go_minor)) return i;
    wrapper = i;
  }
  return wrapper;
}

}  // namespace gosnoop::gobin
