// SPDX-License-Identifier: Apache-2.0
#include "output/pprof_builder.h"

#include <algorithm>

#include "output/gzip.h"

namespace gosnoop::output {
namespace {

using protozero::pbf_builder;

constexpr std::uint64_t kExecutable = 1;  // the only mapping

// Entries of a table in the order of their numbers.
template <typename Table>
auto in_order(const Table& table) {
  std::vector<const typename Table::value_type*> result;
  result.reserve(table.size());
  for (const auto& entry : table) result.push_back(&entry);
  std::ranges::sort(result, {}, [](const auto* entry) { return entry->second; });
  return result;
}

// Of an entry in such a table, which is numbered from `first` on.
template <typename Table, typename Key>
auto number(Table& table, Key key, std::size_t first) {
  return table
      .try_emplace(std::move(key), static_cast<typename Table::mapped_type>(table.size() + first))
      .first->second;
}

}  // namespace

std::int64_t PprofBuilder::string(std::string_view text) {
  const auto found = strings_.find(text);
  return found != strings_.end() ? found->second : number(strings_, std::string(text), 0);
}

std::uint64_t PprofBuilder::function(const symbol::Frame& frame) {
  const auto name = string(frame.function);
  return number(functions_, Function{name, string(frame.file)}, 1);
}

PprofBuilder::LocationId PprofBuilder::location(std::uint64_t address,
                                                const symbol::Frames& lines) {
  Place place{.code = true, .address = address, .lines = {}};
  for (const symbol::Frame& frame : lines) place.lines.push_back({function(frame), frame.line});
  return number(locations_, std::move(place), 1);
}

PprofBuilder::LocationId PprofBuilder::remark(const std::string& text) {
  Place place{.code = false, .address = 0, .lines = {{function({text, "", 0}), 0}}};
  return number(locations_, std::move(place), 1);
}

void PprofBuilder::add(const Stack& stack, const Values& values, const Labels& labels) {
  SampleKey key{stack, {}};
  for (const auto& [name, value] : labels) {
    const auto name_string = string(name);
    key.second.emplace_back(name_string, string(value));
  }
  Values& sum = samples_[std::move(key)];
  sum.resize(std::max(sum.size(), values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
}

std::vector<const PprofBuilder::Sample*> PprofBuilder::sorted_samples() const {
  std::vector<const Sample*> result;
  for (const Sample& sample : samples_) result.push_back(&sample);
  std::ranges::stable_sort(result,
                           [](const Sample* a, const Sample* b) { return a->second > b->second; });
  return result;
}

void PprofBuilder::write_types(Writer& out, const PprofHead& head) {
  const auto write = [&](pprof::Profile field, const SampleType& type) {
    pbf_builder<pprof::ValueType> value(out, field);
    value.add_int64(pprof::ValueType::kType, string(type.type));
    value.add_int64(pprof::ValueType::kUnit, string(type.unit));
  };
  for (const SampleType& type : head.sample_types) write(pprof::Profile::kSampleType, type);
  write(pprof::Profile::kPeriodType, head.period_type);
  out.add_int64(pprof::Profile::kPeriod, head.period);
  out.add_int64(pprof::Profile::kTimeNanos, head.time_ns);
  out.add_int64(pprof::Profile::kDurationNanos, head.duration_ns);
}

void PprofBuilder::write_samples(Writer& out) const {
  for (const Sample* entry : sorted_samples()) {
    const auto& [key, values] = *entry;
    pbf_builder<pprof::Sample> sample(out, pprof::Profile::kSample);
    sample.add_packed_uint64(pprof::Sample::kLocation, key.first.begin(), key.first.end());
    sample.add_packed_int64(pprof::Sample::kValue, values.begin(), values.end());
    for (const auto& [name, value] : key.second) {
      pbf_builder<pprof::Label> label(sample, pprof::Sample::kLabel);
      label.add_int64(pprof::Label::kKey, name);
      label.add_int64(pprof::Label::kString, value);
    }
  }
}

// Where it lies in memory is not said: every location has its lines.
void PprofBuilder::write_mapping(Writer& out, const PprofHead& head) {
  pbf_builder<pprof::Mapping> mapping(out, pprof::Profile::kMapping);
  mapping.add_uint64(pprof::Mapping::kId, kExecutable);
  mapping.add_int64(pprof::Mapping::kFilename, string(head.exe));
  mapping.add_int64(pprof::Mapping::kBuildId, string(head.build_id));
  mapping.add_bool(pprof::Mapping::kHasFunctions, true);
  mapping.add_bool(pprof::Mapping::kHasFilenames, true);
  mapping.add_bool(pprof::Mapping::kHasLineNumbers, true);
  mapping.add_bool(pprof::Mapping::kHasInlineFrames, true);
}

void PprofBuilder::write_locations(Writer& out) const {
  for (const auto* entry : in_order(locations_)) {
    const auto& [place, id] = *entry;
    pbf_builder<pprof::Location> location(out, pprof::Profile::kLocation);
    location.add_uint64(pprof::Location::kId, id);
    if (place.code) location.add_uint64(pprof::Location::kMappingId, kExecutable);
    location.add_uint64(pprof::Location::kAddress, place.address);
    for (const Line& at : place.lines) {
      pbf_builder<pprof::Line> line(location, pprof::Location::kLine);
      line.add_uint64(pprof::Line::kFunctionId, at.function);
      line.add_int64(pprof::Line::kLine, at.line);
    }
  }
}

void PprofBuilder::write_functions(Writer& out) const {
  for (const auto* entry : in_order(functions_)) {
    const auto& [of, id] = *entry;
    pbf_builder<pprof::Function> function(out, pprof::Profile::kFunction);
    function.add_uint64(pprof::Function::kId, id);
    function.add_int64(pprof::Function::kName, of.name);
    function.add_int64(pprof::Function::kSystemName, of.name);
    function.add_int64(pprof::Function::kFilename, of.file);
  }
}

void PprofBuilder::write_strings(Writer& out) const {
  for (const auto* entry : in_order(strings_)) {
    out.add_string(pprof::Profile::kStringTable, entry->first);
  }
}

std::string PprofBuilder::finish(const PprofHead& head) {
  std::string message;
  Writer out(message);
  write_types(out, head);
  write_samples(out);
  write_mapping(out, head);
  write_locations(out);
  write_functions(out);
  write_strings(out);  // last: the above add to them
  return gzip(message);
}

}  // namespace gosnoop::output
