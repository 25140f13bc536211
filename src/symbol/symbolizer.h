// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_set>

#include "event/wire.h"
#include "gobin/go_binary.h"

namespace gosnoop::symbol {

// Passes records on to `next`, and before the first record that names an address puts the Symbol
// record of that address. Live runs only; a recording has them already.
class Symbolizer final : public event::RecordSink {
 public:
  // `bias`: runtime address minus link address. `binary` and `next` must outlive the Symbolizer.
  Symbolizer(const gobin::GoBinary& binary, std::uint64_t bias, event::RecordSink& next)
      : binary_(binary), bias_(bias), next_(next) {}

  Result<void> on_record(Bytes record) override;

  // Names every address again, for another reader.
  void forget() { named_.clear(); }

 private:
  Result<void> name(std::uint64_t pc);

  const gobin::GoBinary& binary_;
  std::uint64_t bias_;
  event::RecordSink& next_;
  std::unordered_set<std::uint64_t> named_;
};

}  // namespace gosnoop::symbol
