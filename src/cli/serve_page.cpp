// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_page.h"

namespace gosnoop::cli {

// Names come out of the target: they are set as text, never as HTML.
const std::string_view kServePage = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gosnoop</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: #8884; --dim: #888; --bad: #c62828; --warn: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff6b6b; --warn: #ffb74d; } }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1.2rem; margin: 0; }
h2 { font-size: 1rem; margin: 0; }
h3 { font-size: .85rem; color: var(--dim); font-weight: 600; margin: 1rem 0 .2rem; }
input { font: inherit; padding: .2rem .4rem; }
section { border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--dim); font-weight: 500; }
th, td { padding: .15rem .8rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
th:first-child, td:first-child { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
small, .dim { color: var(--dim); }
.leaking { color: var(--bad); font-weight: 600; }
.suspect { color: var(--warn); font-weight: 600; }
.stale { color: var(--bad); }
.big { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: 3rem; }
polyline { fill: none; stroke: currentColor; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
</style>
</head>
<body>
<header>
  <h1>gosnoop</h1>
  <span id="status" class="dim">loading …</span>
  <input id="filter" type="search" placeholder="filter: pid, program, module" aria-label="filter">
</header>
<main id="processes"></main>
<footer><small><a href="/metrics">/metrics</a> · <a href="/top.json">/top.json</a> ·
<a href="/healthz">/healthz</a></small></footer>
<script>
"use strict";
const history = new Map();  // pid -> goroutines, the last of them
const kKept = 240;
let last = null;

function make(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  if (options.text !== undefined) node.textContent = options.text;
  if (options.class) node.className = options.class;
  node.append(...children);
  return node;
}
const count = n => n.toLocaleString("en-US");
function time(ns) {
  if (ns === 0) return "–";
  if (ns < 1e3) return ns + " ns";
  if (ns < 1e6) return (ns / 1e3).toFixed(1) + " µs";
  if (ns < 1e9) return (ns / 1e6).toFixed(1) + " ms";
  if (ns < 120e9) return (ns / 1e9).toFixed(1) + " s";
  if (ns < 7200e9) return (ns / 60e9).toFixed(0) + " min";
  return (ns / 3600e9).toFixed(1) + " h";
}
function site(s) {
  if (!s) return make("span", {class: "dim", text: "unknown"});
  return make("span", {}, make("code", {text: s.function}), " ", make("small", {text: s.location}));
}
function table(heads, rows) {
  const cell = (tag, value, numeric) => {
    const node = make(tag, {class: numeric ? "n" : ""});
    node.append(value);
    return node;
  };
  const head = make("tr", {}, ...heads.map(h => cell("th", h.replace("#", ""), h.startsWith("#"))));
  const body = rows.map(row => make("tr", {}, ...row.map((v, i) => cell("td", v, heads[i].startsWith("#")))));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}
function chart(numbers) {
  const kNs = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(kNs, "svg");
  if (numbers.length < 2) return svg;
  const high = Math.max(...numbers), low = Math.min(...numbers), range = high - low || 1;
  svg.setAttribute("viewBox", `0 0 ${numbers.length - 1} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  const line = document.createElementNS(kNs, "polyline");
  line.setAttribute("points", numbers.map((n, i) => `${i},${(9.5 - 9 * (n - low) / range).toFixed(2)}`).join(" "));
  svg.append(line);
  return svg;
}
function groups(process) {
  const rows = process.groups.filter(g => g.verdict !== "ok" || g.growth_per_second > 0 || g.count > 1)
    .map(g => [make("span", {class: g.verdict, text: g.verdict}), count(g.count),
      g.growth_per_second.toFixed(2), site(g.created_by),
      make("span", {}, g.wait_reason || "–", " ", site(g.blocked_at)), make("small", {text: g.why})]);
  return rows.length ? [make("h3", {text: "Groups of goroutines"}),
    table(["verdict", "#count", "#a second", "created by", "waits at", "why"], rows)] : [];
}
function hotspots(process) {
  const rows = process.hotspots.filter(h => !h.idle).map(h => [h.wait_reason, site(h.site), count(h.waiting_now),
    time(h.waiting_longest_ns), count(h.episodes), time(h.total_ns), time(h.p50_ns), time(h.p99_ns)]);
  return rows.length ? [make("h3", {text: process.probes ? "Where goroutines wait"
      : "Where goroutines wait now (finished waits need --probes)"}),
    table(["for", "at", "#now", "#longest", "#waits", "#total", "#p50", "#p99"], rows)] : [];
}
function states(process) {
  return process.states.map(s => `${count(s.count)} ${s.wait_reason || s.state}`).join(" · ");
}
function card(process) {
  const target = process.target, numbers = history.get(target.pid) || [];
  const lost = Object.values(process.losses).reduce((sum, loss) => sum + loss.dropped, 0);
  const card = make("section", {}, make("h2", {text: `${target.exe} `}, make("small", {text:
      `pid ${target.pid} · ${target.go_version} · ${target.module}` +
      (process.container ? ` · container ${process.container}` : "")})));
  card.dataset.pid = target.pid;
  card.append(make("div", {}, make("span", {class: "big", text: count(process.goroutines.now)}),
      " goroutines ", make("small", {text: `${count(process.goroutines.created)} created, ` +
      `${count(process.goroutines.exited)} exited` + (process.goroutines.exact ? "" : " (at least)") +
      (lost ? `, ${count(lost)} events lost` : "")})),
    chart(numbers), make("small", {text: states(process)}), ...groups(process), ...hotspots(process));
  return card;
}
function show() {
  if (!last) return;
  const wanted = document.getElementById("filter").value.toLowerCase();
  const matching = last.processes.filter(p =>
    `${p.target.pid} ${p.target.exe} ${p.target.module} ${p.container}`.toLowerCase().includes(wanted));
  const main = document.getElementById("processes");
  main.replaceChildren(...matching.map(card));
  if (!matching.length) main.append(make("p", {class: "dim", text: last.processes.length
    ? "No process matches the filter." : "No Go process is watched: none matches, or all have ended."}));
}
function note(top) {
  for (const process of top.processes) {
    const numbers = history.get(process.target.pid) || [];
    numbers.push(process.goroutines.now);
    if (numbers.length > kKept) numbers.shift();
    history.set(process.target.pid, numbers);
  }
  for (const pid of history.keys()) {
    if (!top.processes.some(p => p.target.pid === pid)) history.delete(pid);
  }
}
function status(top) {
  const e = top.exporter, unseen = e.hidden + Object.values(e.refused).reduce((sum, n) => sum + n, 0);
  const used = e.up_seconds > 0 ? (100 * e.cpu_seconds / e.up_seconds).toFixed(2) : "0.00";
  return `${top.processes.length} watched` + (unseen ? `, ${unseen} cannot be` : "") +
    ` · every ${e.interval_seconds} s · window ${time(e.window_seconds * 1e9)} · gosnoop uses ${used} % of a core`;
}
async function poll() {
  const node = document.getElementById("status");
  try {
    const top = await (await fetch("/top.json")).json();
    const news = !last || top.time !== last.time;
    if (news) note(top);
    last = top;
    node.className = "dim";
    node.textContent = status(top);
    // Nobody likes what they are copying to vanish.
    if (news && document.getSelection().isCollapsed) show();
  } catch (error) {
    node.className = "stale";
    node.textContent = "gosnoop does not answer: this is old";
  }
  setTimeout(poll, Math.min(5000, 1000 * (last ? last.exporter.interval_seconds : 1)));
}
document.getElementById("filter").addEventListener("input", show);
poll();
</script>
</body>
</html>
)html";

}  // namespace gosnoop::cli
