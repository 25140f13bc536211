// SPDX-License-Identifier: Apache-2.0
// The tables of the live view, each filtered and sorted as the user wants it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "output/top_view.h"

namespace gosnoop::output {

struct TopChoice {
  std::string filter;
  std::size_t sort = 0;  // which order: modulo how many the table has
};

template <typename Item>
struct TopOrder {
  const char* name;
  std::function<double(const Item&)> amount;  // most first; none: the order of the report
};

// Rows of what passes the filter, sorted. `make` gives the row of an item; the filter looks at its
// cells and the line about it.
template <typename Item, typename Make, std::size_t N>
void fill(TopTable& table, const std::vector<Item>& items, const TopChoice& choice,
          const std::array<TopOrder<Item>, N>& orders, Make make) {
  const TopOrder<Item>& order = orders[choice.sort % N];
  std::vector<const Item*> sorted;
  sorted.reserve(items.size());
  for (const Item& item : items) sorted.push_back(&item);
  if (order.amount) {
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Item* a, const Item* b) {
      return order.amount(*a) > order.amount(*b);
    });
  }
  for (const Item* item : sorted) {
    TopRow row = make(*item);
    const auto text = fmt::format("{} {}", fmt::join(row.cells, " "), row.about);
    if (passes(text, choice.filter)) table.rows.push_back(std::move(row));
  }
  table.sorted_by = order.name;
  table.all = items.size();
}

TopTable group_table(const TopData& data, const TopChoice& choice);
TopTable wait_table(const TopData& data, const TopChoice& choice);
TopTable syscall_table(const TopData& data, const TopChoice& choice);
TopTable peer_table(const TopData& data, const TopChoice& choice);

std::string row_key(const analyze::SyscallUse& use);
std::string row_key(const analyze::PeerChange& peer);

// "12.5", "1,204"
std::string per_second(double rate);
std::string signed_per_second(double rate);  // "+12.5"

}  // namespace gosnoop::output
