// SPDX-License-Identifier: Apache-2.0
// Profiles as `go tool pprof` reads them: profile.proto of github.com/google/pprof, in gzip.
#pragma once

#include <cstdint>
#include <map>
#include <protozero/pbf_builder.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/pprof_proto.h"
#include "output/stack_profile.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

struct PprofHead {
  std::vector<SampleType> sample_types;  // of a sample's values, in this order
  SampleType period_type;
  std::int64_t period = 0;
  std::int64_t time_ns = 0;      // CLOCK_REALTIME; 0: unknown
  std::int64_t duration_ns = 0;  // 0: of a moment
  std::string exe;
  std::string build_id;
};

class PprofBuilder {
 public:
  using LocationId = std::uint64_t;
  using Stack = std::vector<LocationId>;  // innermost first
  using Values = std::vector<std::int64_t>;
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // A frame with what is inlined in it, innermost first. The same one has the same id.
  LocationId location(std::uint64_t address, const symbol::Frames& lines);
  // A frame that says something and is no code.
  LocationId remark(const std::string& text);

  // Samples of one stack with the same labels are added up.
  void add(const Stack& stack, const Values& values, const Labels& labels = {});

  // The file. Samples are in order of their first value, largest first.
  std::string finish(const PprofHead& head);

 private:
  struct Line {
    std::uint64_t function = 0;
    std::uint32_t line = 0;
    auto operator<=>(const Line&) const = default;
  };
  struct Place {
    bool code = true;
    std::uint64_t address = 0;
    std::vector<Line> lines;
    auto operator<=>(const Place&) const = default;
  };
  struct Function {
    std::int64_t name = 0;
    std::int64_t file = 0;
    auto operator<=>(const Function&) const = default;
  };
  using Writer = protozero::pbf_builder<pprof::Profile>;
  using SampleKey = std::pair<Stack, std::vector<std::pair<std::int64_t, std::int64_t>>>;
  using Sample = std::map<SampleKey, Values>::value_type;

  std::int64_t string(std::string_view text);
  std::uint64_t function(const symbol::Frame& frame);
  std::vector<const Sample*> sorted_samples() const;

  void write_types(Writer& out, const PprofHead& head);
  void write_samples(Writer& out) const;
  void write_mapping(Writer& out, const PprofHead& head);
  void write_locations(Writer& out) const;
  void write_functions(Writer& out) const;
  void write_strings(Writer& out) const;

  std::map<std::string, std::int64_t, std::less<>> strings_ = {{"", 0}};
  std::map<Function, std::uint64_t> functions_;
  std::map<Place, LocationId> locations_;
  std::map<SampleKey, Values> samples_;
};

}  // namespace gosnoop::output
