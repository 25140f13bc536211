// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace gosnoop::output {

// Compares with tests/golden/output/NAME; with GOSNOOP_UPDATE_GOLDENS=1 writes it instead.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(GOSNOOP_SOURCE_DIR "/tests/golden/output/") + name;
  if (std::getenv("GOSNOOP_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path) << actual;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing: write it by GOSNOOP_UPDATE_GOLDENS=1";
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), actual) << "of " << path;
}

// Times are shown in the zone of the reader; goldens are in UTC.
inline void use_utc() {
  setenv("TZ", "UTC", 1);
  tzset();
}

}  // namespace gosnoop::output
