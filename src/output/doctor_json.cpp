// SPDX-License-Identifier: Apache-2.0
#include "output/doctor_json.h"

#include "output/json_parts.h"

namespace gosnoop::output {
namespace {

using analyze::Check;
using analyze::Diagnosis;
using analyze::ProbeSite;

const char* state_name(Check::State state) {
  switch (state) {
    case Check::State::kOk:
      return "ok";
    case Check::State::kWarn:
      return "warn";
    case Check::State::kFail:
      return "fail";
    case Check::State::kNotTried:
      break;
  }
  return "not_tried";
}

Json check_json(const Check& check) {
  return {{"name", check.name},
          {"state", state_name(check.state)},
          {"detail", check.detail},
          {"consequence", check.consequence},
          {"next_step", check.next_step}};
}

Json site_json(const ProbeSite& site) {
  return {{"program", site.program},         {"event", site.event},
          {"function", site.function},       {"in_function", site.in_function},
          {"file_offset", site.file_offset}, {"instruction", site.instruction}};
}

}  // namespace

void write_doctor_json(std::ostream& out, const Diagnosis& diagnosis) {
  const auto prospect = conclude(diagnosis);
  const Json document = {{"schema", kDoctorSchema},
                         {"pid", diagnosis.pid ? Json(*diagnosis.pid) : Json()},
                         {"exit_status", prospect.exit_status},
                         {"verdict", prospect.verdict},
                         {"works", prospect.works},
                         {"limited", prospect.limited},
                         {"fails", prospect.fails},
                         {"host", list(diagnosis.host, check_json)},
                         {"target", list(diagnosis.target, check_json)},
                         {"sites", list(diagnosis.sites, site_json)}};
  out << dump(document, 2) << '\n';
}

}  // namespace gosnoop::output
