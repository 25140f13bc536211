// SPDX-License-Identifier: Apache-2.0
#include "cli/flight.h"

#include <fmt/format.h>
#include <signal.h>

#include <string>
#include <utility>

#include "analyze/trigger.h"
#include "cli/quantity_option.h"
#include "cli/regex_option.h"
#include "cli/subcommands.h"
#include "event/recent_records.h"
#include "output/stack_text.h"
#include "output/units.h"

namespace gosnoop::cli {
namespace {

constexpr std::string_view kConditions =
    "goroutines=N (as many are there), wait=TIME (a goroutine waited that long; not for the next "
    "request or connection), wait=TIME:REGEX (… for a reason or in a function that matches) or "
    "signal (SIGUSR1)";

bool set_wait(FlightOptions& to, const std::string& text) {
  auto colon = text.find(':');
  to.wait_ns = parse_duration(text.substr(0, colon));
  auto regex = parse_regex(colon == std::string::npos ? "" : text.substr(colon + 1), "--until");
  if (regex) to.wait_at = *regex;
  return to.wait_ns && regex;
}

bool set_goroutines(FlightOptions& to, const std::string& text) {
  to.goroutines = parse_count(text);
  return to.goroutines.has_value();
}

// False where it is no condition.
bool set_condition(FlightOptions& to, const std::string& text) {
  auto value = [&](std::string_view name) { return text.substr(name.size()); };
  if (text == "signal") return to.on_signal = true;
  if (text.starts_with("goroutines=")) return set_goroutines(to, value("goroutines="));
  if (text.starts_with("wait=")) return set_wait(to, value("wait="));
  return false;
}

analyze::TriggerConditions conditions_of(const FlightOptions& options) {
  analyze::TriggerConditions conditions;
  conditions.goroutines = options.goroutines;
  conditions.wait_ns = options.wait_ns;
  conditions.wait_at = options.wait_at;
  return conditions;
}

// Keeps the records, and ends the capture when the trigger has found something.
class Recorder final : public RecordSink {
 public:
  Recorder(const FlightOptions& options, StopSignal& stop)
      : recent_({options.keep_ns, options.memory}), trigger_(conditions_of(options)), stop_(stop) {}

  Result<void> on_record(Bytes record) override {
    TRY_ASSIGN(auto event, event::decode(record));
    trigger_.on(event);
    if (found()) stop_.stop();
    return recent_.on_record(record);
  }

  const event::RecentRecords& recent() const { return recent_; }
  const std::optional<analyze::Finding>& found() const { return trigger_.found(); }

 private:
  event::RecentRecords recent_;
  analyze::Trigger trigger_;
  StopSignal& stop_;
};

std::string to_text(const analyze::Finding& found) {
  if (found.goroutine == 0) return fmt::format("{} goroutines are there", found.goroutines);
  const auto* frame = output::waiting_frame(found.stack);
  return fmt::format("goroutine {} {} {} in {}{}", found.goroutine,
                     found.waits_on ? "has waited" : "waited", output::duration(found.wait_ns),
                     found.wait_reason, frame == nullptr ? "" : " at " + output::brief(*frame));
}

}  // namespace

void add_flight(CLI::App* app, std::optional<FlightOptions>& to) {
  auto options = [&to]() -> FlightOptions& { return to ? *to : to.emplace(); };
  auto keep = [options](const std::string& text) {
    auto time = parse_interval(text);
    if (!time) throw CLI::ValidationError("--ring wants something like 60s, not '" + text + "'");
    options().keep_ns = *time;
  };
  auto until = [options](const std::string& text) {
    if (set_condition(options(), text)) return;
    throw CLI::ValidationError(fmt::format("--until wants {}, not '{}'", kConditions, text));
  };
  auto memory = [options](const std::string& text) {
    auto size = parse_size(text);
    if (!size || *size == 0) {
      throw CLI::ValidationError("--ring-memory wants something like 256M, not '" + text + "'");
    }
    options().memory = *size;
  };
  auto* ring = app->add_option_function<std::string>(
                      "--ring", keep,
                      "keep the last seconds in memory, and write them when it ends: at Ctrl-C, "
                      "with --duration, when the target ends, --until a condition holds, or at "
                      "--max-cost")
                   ->type_name("60s");
  app->add_option_function<std::string>(
         "--until", until, fmt::format("with --ring: {}. Can be repeated", kConditions))
      ->type_name("CONDITION")
      ->take_last()
      ->trigger_on_parse()
      ->needs(ring);
  app->add_option_function<std::string>("--ring-memory", memory,
                                        "with --ring: what the events kept may take (256M)")
      ->type_name("256M")
      ->needs(ring);
}

std::optional<int> signal_of(const std::optional<FlightOptions>& options) {
  if (!options || !options->on_signal) return std::nullopt;
  return SIGUSR1;
}

Result<void> fly(const FlightOptions& options, StopSignal& stop, RecordSink& file,
                 const std::function<Result<void>(RecordSink&)>& capture) {
  Recorder recorder(options, stop);
  TRY(capture(recorder));
  TRY(recorder.recent().write(file));
  fmt::print(stderr, "gosnoop: {}; kept the last {}\n",
             recorder.found() ? to_text(*recorder.found()) : "it ended",
             output::duration(recorder.recent().kept_ns()));
  return {};
}

}  // namespace gosnoop::cli
