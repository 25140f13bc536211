// SPDX-License-Identifier: Apache-2.0
// Field numbers of pprof's messages: proto/profile.proto of github.com/google/pprof. The fields
// that gosnoop writes.
#pragma once

#include <protozero/types.hpp>

namespace gosnoop::output::pprof {

using Tag = protozero::pbf_tag_type;

enum class Profile : Tag {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
};
enum class ValueType : Tag { kType = 1, kUnit = 2 };
enum class Sample : Tag { kLocation = 1, kValue = 2, kLabel = 3 };
enum class Label : Tag { kKey = 1, kString = 2 };
enum class Mapping : Tag {
  kId = 1,
  kFilename = 5,
  kBuildId = 6,
  kHasFunctions = 7,
  kHasFilenames = 8,
  kHasLineNumbers = 9,
  kHasInlineFrames = 10,
};
enum class Location : Tag { kId = 1, kMappingId = 2, kAddress = 3, kLine = 4 };
enum class Line : Tag { kFunctionId = 1, kLine = 2 };
enum class Function : Tag { kId = 1, kName = 2, kSystemName = 3, kFilename = 4 };

}  // namespace gosnoop::output::pprof
