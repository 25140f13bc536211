// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>

#include "analyze/watermarks.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/fleet.h"
#include "cli/help.h"
#include "cli/hook.h"
#include "cli/http_server.h"
#include "cli/quantity_option.h"
#include "cli/regex_option.h"
#include "cli/serve_page.h"
#include "cli/stop.h"
#include "cli/subcommands.h"
#include "cli/watermark_dump.h"
#include "output/prometheus.h"
#include "output/top_json.h"
#include "output/units.h"
#include "target/process_stats.h"

namespace gosnoop::cli {
namespace {

using Clock = Fleet::Clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

double to_seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }
double to_seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string processes(std::size_t count) {
  return fmt::format("{} process{}", count, count == 1 ? "" : "es");
}

// One line at a time, whichever thread says it.
void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  fmt::print(stderr, "gosnoop: {}\n", output::printable(line));
}

// --- what gosnoop itself uses --------------------------------------------------------------------

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_files() {
  double count = 0;
  DIR* dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) return count;
  while (const dirent* entry = ::readdir(dir)) count += entry->d_name[0] != '.';
  ::closedir(dir);
  return count - 1;  // without that of the folder
}

// --- what clients get ----------------------------------------------------------------------------

// The texts of the last look. Clients get these, so none of them can hold up a look.
class Pages {
 public:
  explicit Pages(Clock::duration interval) : interval_(interval) {}

  void set(std::string metrics, std::string top, std::size_t processes) {
    auto new_metrics = std::make_shared<const std::string>(std::move(metrics));
    auto new_top = std::make_shared<const std::string>(std::move(top));
    const std::lock_guard lock(mutex_);
    metrics_ = std::move(new_metrics);
    top_ = std::move(new_top);
    processes_ = processes;
    looked_ = Clock::now();
  }

  HttpAnswer answer(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_};
    if (path == "/top.json") return {200, "application/json", top_};
    if (path == "/healthz") return health();
    if (path == "/") return {200, "text/html; charset=utf-8", page_};
    static const auto kNotFound =
        std::make_shared<const std::string>("there are /, /metrics, /top.json and /healthz\n");
    return {404, "text/plain; charset=utf-8", kNotFound};
  }

 private:
  // A look that hangs is what a health check is there to tell.
  HttpAnswer health() const {
    constexpr std::chrono::seconds kSlack{30};
    auto age = Clock::now() - looked_;
    bool well = age < interval_ * 3 + kSlack;
    auto text = fmt::format("{}: {} watched, last looked at {:.1f} s ago\n", well ? "ok" : "stuck",
                            processes(processes_), to_seconds(age));
    return {well ? 200 : 503, "text/plain; charset=utf-8",
            std::make_shared<const std::string>(std::move(text))};
  }

  Clock::duration interval_;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::string> page_ = std::make_shared<const std::string>(kServePage);
  std::shared_ptr<const std::string> metrics_ = std::make_shared<const std::string>();
  std::shared_ptr<const std::string> top_ = std::make_shared<const std::string>("{}");
  std::size_t processes_ = 0;
  Clock::time_point looked_ = Clock::now();
};

// --- looking -------------------------------------------------------------------------------------

// What is kept of a process from look to look.
struct Memory {
  output::SiteCounters blocking;
  analyze::Watermarks watermarks;
};

class Server {
 public:
  Server(const ServeCommand& command, Fleet fleet, Pages& pages, std::unique_ptr<Hook> hook)
      : command_(command), fleet_(std::move(fleet)), pages_(pages), hook_(std::move(hook)) {
    served_.top = command.top;
    auto& exporter = served_.exporter;
    exporter.version = GOSNOOP_VERSION;
    exporter.interval_seconds = to_seconds(command.live.interval_ns);
    exporter.window_seconds = to_seconds(command.window_ns);
    exporter.start_seconds = to_seconds(clock_ns(CLOCK_REALTIME));
  }

  // Until a signal comes.
  Result<void> run(StopSignal& stop) {
    do {
      auto before = Clock::now();
      TRY(fleet_.work());
      if (before >= next_look_) look(before);
      looking_ += Clock::now() - before;
    } while (!stop.wait(pause()));
    return {};
  }

  void look(Clock::time_point now) {
    next_look_ = now + nanoseconds(command_.live.interval_ns);
    gather();
    check_watermarks();
    ++served_.exporter.looks;
    fill_exporter();
    pages_.set(output::metrics_text(served_), output::top_json(served_), served_.processes.size());
  }

  const Fleet& fleet() const { return fleet_; }

 private:
  milliseconds pause() const {
    auto next = std::min(fleet_.next(), next_look_);
    return std::max(std::chrono::ceil<milliseconds>(next - Clock::now()), milliseconds(0));
  }

  void gather();
  void forget_ended();
  output::ServedProcess serve(Watched& watched);
  Memory& memory_of(const Watched& watched);
  void check_watermarks();
  void raise(const analyze::Alert& alert, const Watched& watched,
             const output::ServedProcess& process);
  std::string write_dump(const Watched& watched);
  void fill_exporter();

  const ServeCommand& command_;
  Fleet fleet_;
  Pages& pages_;
  std::unique_ptr<Hook> hook_;
  std::map<std::uint64_t, Memory> memory_;  // by Watched::serial()
  output::Served served_;
  Clock::duration looking_{};
  Clock::time_point next_look_;
};

Memory& Server::memory_of(const Watched& watched) {
  auto known = memory_.find(watched.serial());
  if (known != memory_.end()) return known->second;
  Memory fresh{output::SiteCounters(command_.top), analyze::Watermarks(command_.limits)};
  return memory_.emplace(watched.serial(), std::move(fresh)).first->second;
}

void Server::forget_ended() {
  std::erase_if(memory_, [this](const auto& entry) {
    const auto& all = fleet_.watched();
    return std::none_of(all.begin(), all.end(),
                        [&](const auto& watched) { return watched->serial() == entry.first; });
  });
}

output::ServedProcess Server::serve(Watched& watched) {
  auto& counters = memory_of(watched).blocking;
  output::ServedProcess process;
  process.container = watched.container();
  process.probed = watched.probed();
  process.report = watched.report();
  process.lives = watched.lives();
  process.losses = watched.losses();
  counters.update(process.report.blocking);
  process.blocking = counters.counters();
  process.snapshots = static_cast<std::uint64_t>(watched.snapshots());
  process.snapshot_seconds = to_seconds(watched.snapshot_time());
  return process;
}

void Server::gather() {
  forget_ended();
  served_.processes.clear();
  for (const auto& watched : fleet_.watched()) served_.processes.push_back(serve(*watched));
}

void Server::check_watermarks() {
  if (!command_.limits.any()) return;
  auto now = clock_ns(CLOCK_MONOTONIC);
  for (std::size_t i = 0; i < served_.processes.size(); ++i) {
    const auto& watched = *fleet_.watched()[i];
    const auto& process = served_.processes[i];
    auto alerts = memory_of(watched).watermarks.check(now, process.report.goroutines.now);
    for (const auto& alert : alerts) raise(alert, watched, process);
  }
}

void Server::raise(const analyze::Alert& alert, const Watched& watched,
                   const output::ServedProcess& process) {
  ++served_.exporter.alerts[name(alert.kind)];
  say(fmt::format("alert: pid {} has {} goroutines ({} {})", watched.pid(), alert.goroutines,
                  name(alert.kind), alert.limit));
  std::string dump_file;
  if (alert.kind == analyze::Alert::Kind::kDump) dump_file = write_dump(watched);
  if (hook_) {
    hook_->run(output::alert_json(alert, process, dump_file, clock_ns(CLOCK_REALTIME)));
  }
}

// "" where it could not be written.
std::string Server::write_dump(const Watched& watched) {
  auto file = write_watermark_dump(watched.target(), command_.dump);
  ++served_.exporter.dumps[file ? "ok" : "failed"];
  if (file) {
    say("wrote " + *file);
    return *file;
  }
  say("no dump: " + file.error().message);
  return "";
}

void Server::fill_exporter() {
  auto& exporter = served_.exporter;
  const auto& counts = fleet_.counts();
  exporter.begun = counts.begun;
  exporter.ended = counts.ended;
  exporter.hidden = counts.hidden;
  exporter.refused = counts.refused;
  exporter.looking_seconds = to_seconds(looking_);
  exporter.look_seconds = to_seconds(clock_ns(CLOCK_REALTIME));
  exporter.cpu_seconds = cpu_seconds();
  auto rss = target::read_stats(::getpid()).rss_bytes;
  exporter.resident_bytes = static_cast<double>(rss.value_or(0));
  exporter.open_files = open_files();
  if (hook_) exporter.hooks = hook_->outcomes();
}

// --- the command ---------------------------------------------------------------------------------

Result<FleetOptions> fleet_options(const ServeCommand& command) {
  FleetOptions options;
  if (command.live.pid != 0) options.pid = command.live.pid;
  TRY_ASSIGN(options.match, parse_regex(command.match, "--match"));
  options.live = command.live;
  options.window_ns = command.window_ns;
  options.analysis.all_groups = true;
  options.say = say;
  return options;
}

Result<std::unique_ptr<Hook>> start_hook(const ServeCommand& command) {
  if (command.hook.empty()) return nullptr;
  const auto limit = std::chrono::duration_cast<milliseconds>(nanoseconds(command.hook_limit_ns));
  return Hook::start(command.hook, limit, say);
}

void announce(const HttpServer& http, const Fleet& fleet, const ServeCommand& command) {
  say(fmt::format("serving http://{}/ and /metrics: {}, {} every {}, Ctrl-C ends", http.address(),
                  processes(fleet.watched().size()),
                  command.live.probes ? "probes, and a look" : "snapshots",
                  output::duration(command.live.interval_ns)));
  if (fleet.watched().empty())
    say("no Go process matches yet; those that start later are taken in");
}

void add_watermarks(CLI::App* serve, ServeCommand& to) {
  add_quantity(serve, "--alert-goroutines", to.limits.goroutines, parse_count, "N",
               "alert: more goroutines than that in three looks in a row", "a number");
  add_quantity(serve, "--alert-growth", to.limits.growth_per_second, parse_rate, "N",
               "alert: so many goroutines more a second, over --alert-window", "a number");
  add_quantity(serve, "--alert-window", to.limits.growth_window, parse_interval, "1m",
               "what growth is measured over", "10ms or more");
  add_quantity(serve, "--dump-at", to.limits.dump_at, parse_count, "N",
               "write a full dump, once, when a process has so many goroutines", "a number");
  serve->add_option("--dump-dir", to.dump.folder, "where dumps go (the current folder)")
      ->type_name("DIR");
  serve
      ->add_option("--dump-file", to.dump.pattern,
                   "their name: %p pid, %e program, %t time; .json as `dump --json`, else as Go's "
                   "own debug=2 (gosnoop-%e-%p-%t.txt)")
      ->type_name("NAME");
  serve
      ->add_option("--hook", to.hook,
                   "run by /bin/sh for each alert, with JSON on standard input (gosnoop.alert/1)")
      ->type_name("CMD");
  add_quantity(serve, "--hook-limit", to.hook_limit_ns, parse_interval, "30s",
               "how long the hook may take", "10ms or more");
}

}  // namespace

void add_serve(CLI::App& app, ServeCommand& to) {
  auto* serve = app.add_subcommand(
      "serve", "metrics for Prometheus, and a page: all Go processes of this machine, or some");
  serve->footer(std::string(kServeRecipes));
  auto* pid = add_quantity(serve, "-p,--pid", to.live.pid, parse_pid, "PID",
                           "this process only; without it every Go process", "a process id");
  serve->add_option("--match", to.match, "only those whose executable or command line this matches")
      ->type_name("REGEX")
      ->excludes(pid);
  add_quantity(serve, "--listen", to.listen, parse_listen_address, "ADDR:PORT",
               "127.0.0.1:9435; port 0: any that is free", "ADDRESS:PORT, as 127.0.0.1:9435");
  to.live.probes = false;
  to.live.interval_ns = 15'000'000'000;
  to.live.ring_bytes = 4u << 20;  // of each process
  add_quantity(serve, "--interval", to.live.interval_ns, parse_interval, "15s",
               "from one look to the next", "10ms or more");
  add_quantity(serve, "--window", to.window_ns, parse_interval, "10m",
               "leak verdicts rest on the last half of that to all of it", "10ms or more");
  add_quantity(serve, "--top", to.top, parse_count, "N",
               "sites with labels of their own per process and metric (20); the rest is `other`",
               "a number");
  auto* probes =
      serve->add_flag("--probes", to.live.probes,
                      "exact counts and times of blocking; costs the processes what `block` does");
  add_probe_options(serve, to.live);
  add_max_cost(serve, to.live, "go on with snapshots alone");
  for (const char* option :
       {"--max-cost", "--min-block", "--syscalls", "--min-syscall", "--ring-size", "--tcp"}) {
    serve->get_option(option)->needs(probes);
  }
  add_watermarks(serve, to);
}

// The port first: what is wrong with it shows at once. One heap for all threads: one for each would
// keep what was copied to its clients (mallopt(3), M_ARENA_MAX).
Result<int> run(const ServeCommand& command) {
  ::mallopt(M_ARENA_MAX, 1);
  TRY_ASSIGN(auto options, fleet_options(command));
  TRY_ASSIGN(auto stop, StopSignal::create());
  Pages pages{nanoseconds(command.live.interval_ns)};
  TRY_ASSIGN(auto http, HttpServer::bind(command.listen,
                                         [&](const auto& path) { return pages.answer(path); }));
  TRY_ASSIGN(auto fleet, Fleet::open(std::move(options)));
  TRY_ASSIGN(auto hook, start_hook(command));
  Server server(command, std::move(fleet), pages, std::move(hook));
  server.look(Clock::now());
  TRY(http.start());
  announce(http, server.fleet(), command);
  TRY(server.run(stop));
  return EXIT_SUCCESS;
}

}  // namespace gosnoop::cli
