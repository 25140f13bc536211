// SPDX-License-Identifier: Apache-2.0
// A profile read back, with all names in place: enough of profile.proto to compare.
#pragma once

#include <zlib.h>

#include <map>
#include <protozero/pbf_message.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "output/pprof_proto.h"

namespace gosnoop::output {

struct ReadProfile {
  struct Location {
    std::uint64_t mapping = 0;
    std::uint64_t address = 0;
    std::vector<std::string> lines;  // "function file:line"
  };
  struct Sample {
    std::vector<std::uint64_t> locations;
    std::vector<std::int64_t> values;
    std::map<std::string, std::string> labels;
  };

  std::vector<std::string> strings;
  std::vector<std::string> sample_types;  // "type/unit"
  std::string period_type;
  std::int64_t period = 0, time_ns = 0;
  std::string exe, build_id;
  std::size_t mappings = 0;
  int has = 0;                                     // of has_functions … has_inline_frames
  std::map<std::uint64_t, std::string> functions;  // "function file"
  std::map<std::uint64_t, Location> locations;
  std::vector<Sample> samples;

  // The lines of a sample's frames, all in one.
  std::vector<std::string> stack(const Sample& sample) const {
    std::vector<std::string> result;
    for (auto id : sample.locations) {
      const auto& lines = locations.at(id).lines;
      result.insert(result.end(), lines.begin(), lines.end());
    }
    return result;
  }
};

inline std::string gunzip(const std::string& data) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (end != Z_STREAM_END || stream.avail_in != 0) throw std::runtime_error("no gzip file");
  return out;
}

class ProfileReader {
 public:
  explicit ProfileReader(const std::string& gzipped) : data_(gunzip(gzipped)) {}

  ReadProfile read() {
    each<pprof::Profile>(data_, [this](auto& message) {
      if (message.tag() == pprof::Profile::kStringTable) {
        profile_.strings.push_back(message.get_string());
      } else {
        message.skip();
      }
    });
    each<pprof::Profile>(data_, [this](auto& message) { functions(message); });
    each<pprof::Profile>(data_, [this](auto& message) { others(message); });
    return profile_;
  }

 private:
  template <typename Field, typename View, typename OnField>
  static void each(const View& view, OnField on_field) {
    protozero::pbf_message<Field> message(view);
    while (message.next()) on_field(message);
  }

  std::string string(std::int64_t index) const { return profile_.strings.at(index); }

  template <typename Message>
  void functions(Message& message) {
    if (message.tag() != pprof::Profile::kFunction) return message.skip();
    std::uint64_t id = 0;
    std::string name, system_name, file;
    each<pprof::Function>(message.get_view(), [&](auto& field) {
      if (field.tag() == pprof::Function::kId)
        id = field.get_uint64();
      else if (field.tag() == pprof::Function::kName)
        name = string(field.get_int64());
      else if (field.tag() == pprof::Function::kSystemName)
        system_name = string(field.get_int64());
      else
        file = string(field.get_int64());
    });
    if (name != system_name) throw std::runtime_error(name + " is " + system_name);
    if (!profile_.functions.emplace(id, name + " " + file).second)
      throw std::runtime_error("twice");
  }

  template <typename Message>
  void others(Message& message) {
    switch (message.tag()) {
      case pprof::Profile::kSampleType:
        return profile_.sample_types.push_back(type(message.get_view()));
      case pprof::Profile::kPeriodType:
        profile_.period_type = type(message.get_view());
        return;
      case pprof::Profile::kPeriod:
        profile_.period = message.get_int64();
        return;
      case pprof::Profile::kTimeNanos:
        profile_.time_ns = message.get_int64();
        return;
      case pprof::Profile::kMapping:
        return mapping(message.get_view());
      case pprof::Profile::kLocation:
        return location(message.get_view());
      case pprof::Profile::kSample:
        return sample(message.get_view());
      default:
        return message.skip();
    }
  }

  std::string type(protozero::data_view view) {
    std::string type, unit;
    each<pprof::ValueType>(view, [&](auto& field) {
      (field.tag() == pprof::ValueType::kType ? type : unit) = string(field.get_int64());
    });
    return type + "/" + unit;
  }

  void mapping(protozero::data_view view) {
    ++profile_.mappings;
    each<pprof::Mapping>(view, [&](auto& field) {
      if (field.tag() == pprof::Mapping::kFilename)
        profile_.exe = string(field.get_int64());
      else if (field.tag() == pprof::Mapping::kBuildId)
        profile_.build_id = string(field.get_int64());
      else if (field.tag() == pprof::Mapping::kId)
        field.skip();
      else
        profile_.has += field.get_bool();
    });
  }

  void location(protozero::data_view view) {
    std::uint64_t id = 0;
    ReadProfile::Location location;
    each<pprof::Location>(view, [&](auto& field) {
      if (field.tag() == pprof::Location::kId)
        id = field.get_uint64();
      else if (field.tag() == pprof::Location::kMappingId)
        location.mapping = field.get_uint64();
      else if (field.tag() == pprof::Location::kAddress)
        location.address = field.get_uint64();
      else
        location.lines.push_back(line(field.get_view()));
    });
    if (!profile_.locations.emplace(id, location).second) throw std::runtime_error("twice");
  }

  std::string line(protozero::data_view view) {
    std::string function;
    std::int64_t number = 0;
    each<pprof::Line>(view, [&](auto& field) {
      if (field.tag() == pprof::Line::kFunctionId)
        function = profile_.functions.at(field.get_uint64());
      else
        number = field.get_int64();
    });
    return function + ":" + std::to_string(number);
  }

  void sample(protozero::data_view view) {
    ReadProfile::Sample sample;
    each<pprof::Sample>(view, [&](auto& field) {
      if (field.tag() == pprof::Sample::kLocation) {
        for (auto id : field.get_packed_uint64()) sample.locations.push_back(id);
      } else if (field.tag() == pprof::Sample::kValue) {
        for (auto value : field.get_packed_int64()) sample.values.push_back(value);
      } else {
        label(field.get_view(), sample);
      }
    });
    profile_.samples.push_back(std::move(sample));
  }

  void label(protozero::data_view view, ReadProfile::Sample& sample) {
    std::string key, value;
    each<pprof::Label>(view, [&](auto& field) {
      (field.tag() == pprof::Label::kKey ? key : value) = string(field.get_int64());
    });
    sample.labels[key] = value;
  }

  std::string data_;
  ReadProfile profile_;
};

}  // namespace gosnoop::output
