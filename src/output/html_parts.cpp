// SPDX-License-Identifier: Apache-2.0
#include "output/html_parts.h"

#include <fmt/ostream.h>

#include <map>

#include "output/assets.h"
#include "output/folded.h"
#include "output/json_parts.h"

namespace gosnoop::output {
namespace {

struct FlameNode {
  std::uint64_t value = 0;
  std::map<std::string, FlameNode> children;
};

FlameNode flame_tree(const StackProfile& profile) {
  FlameNode root;
  for (const StackSample& sample : profile.samples) {
    const std::uint64_t value = sample.values[profile.shown];
    if (value == 0) continue;
    root.value += value;
    FlameNode* node = &root;
    for (const std::string& frame : flame_path(sample)) {
      node = &node->children[frame];
      node->value += value;
    }
  }
  return root;
}

// A stack is at most some hundred frames deep, so is this.
Json flame_json(const std::string& name, const FlameNode& node) {
  Json json = {{"n", name}, {"v", node.value}};
  for (const auto& [child, of_child] : node.children) {
    json["c"].push_back(flame_json(child, of_child));
  }
  return json;
}

// In a script element the end tag would end it, in a string or not.
std::string script_json(const Json& json) {
  std::string safe;
  for (const char c : dump(json, -1)) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

// By way of JSON, whose writer replaces what is no UTF-8.
std::string valid_utf8(std::string_view text) {
  return Json::parse(dump(Json(std::string(text)), -1)).get<std::string>();
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : valid_utf8(text)) {
    const std::string_view replaced = entity(c);
    if (replaced.empty()) {
      result += c;
    } else {
      result += replaced;
    }
  }
  return result;
}

void write_page_begin(std::ostream& out, std::string_view title) {
  const std::string text = html_text(title);
  fmt::print(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
             "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
             text, kPageCss, text);
}

void write_page_end(std::ostream& out) {
  fmt::print(out, "<script>\n{}</script>\n</body>\n</html>\n", kFlamegraphJs);
}

void write_flame_section(std::ostream& out, const StackProfile& profile) {
  const FlameNode tree = flame_tree(profile);
  const std::string title = html_text(profile.title);
  if (tree.value == 0) {
    fmt::print(out, "<h2>{}</h2>\n<p class=\"dim\">Nothing to show.</p>\n", title);
    return;
  }
  fmt::print(out,
             "<section class=\"flame\" data-unit=\"{}\">\n<h2>{}</h2>\n"
             "<div class=\"flame-tools\">"
             "<input type=\"search\" placeholder=\"Search: a regular expression\" "
             "aria-label=\"Search in {}\"><button type=\"button\">Reset</button>"
             "<output></output></div>\n"
             "<div class=\"flame-graph\"></div>\n"
             "<p class=\"flame-info dim\" aria-live=\"polite\">Outermost callers on top. Click a "
             "frame to zoom in.</p>\n"
             "<script type=\"application/json\">{}</script>\n</section>\n",
             html_text(profile.types[profile.shown].unit), title, title,
             script_json(flame_json("all", tree)));
}

}  // namespace gosnoop::output
