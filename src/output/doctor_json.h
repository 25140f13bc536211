// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/diagnosis.h"

namespace gosnoop::output {

inline constexpr const char* kDoctorSchema = "gosnoop.doctor/1";

// The diagnosis as one JSON document: docs/doctor-schema.md.
void write_doctor_json(std::ostream& out, const analyze::Diagnosis& diagnosis);

}  // namespace gosnoop::output
