// SPDX-License-Identifier: Apache-2.0
// Prometheus's text format 0.0.4, whatever the metrics are.
#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gosnoop::output {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// {a="x",b="y"}; "" for none. Bytes that are no UTF-8 become U+FFFD.
std::string labels_text(const Labels& labels);

// Samples of many metrics, in any order: each metric's are put together, as the format wants it.
class Exposition {
 public:
  enum class Type { kCounter, kGauge, kHistogram };

  // One metric, to which samples are added. Valid as long as the Exposition.
  class Family {
   public:
    void add(const Labels& labels, double value) { add("", labels, value); }
    // `suffix`: "_bucket", "_sum", "_count" of a histogram.
    void add(std::string_view suffix, const Labels& labels, double value);

   private:
    friend class Exposition;
    std::string name_;
    std::string text_;
  };

  // Families stand in the text in the order in which they were first asked for; without samples
  // they are left out. `help`: one line.
  Family& family(std::string_view name, Type type, std::string_view help);

  std::string text() const;

 private:
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::pair<std::string, const Family*>> order_;  // and the lines before its samples
};

}  // namespace gosnoop::output
