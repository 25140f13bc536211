// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes: GoBinary::parse and the lookups return, and read nothing outside them.
#include "exercise_gobin.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gosnoop::gobin::exercise(std::as_bytes(std::span(data, size)));
  return 0;
}
