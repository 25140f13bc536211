// SPDX-License-Identifier: Apache-2.0
// The schema pages in docs/ name every key that gosnoop writes, and their examples are JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "golden.h"
#include "output/tcp_json.h"

namespace gosnoop::output {
namespace {

using Json = nlohmann::json;

std::string source_file(const std::string& name) {
  std::ifstream file(GOSNOOP_SOURCE_DIR "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void collect_keys(const Json& json, std::set<std::string>& keys) {
  if (!json.is_structured()) return;
  for (const auto& item : json.items()) {
    if (json.is_object()) keys.insert(item.key());
    collect_keys(item.value(), keys);
  }
}

// The code blocks ```json … ``` of a page, joined.
std::string examples(const std::string& page) {
  std::string result;
  for (std::size_t at = 0; (at = page.find("```json\n", at)) != std::string::npos;) {
    at += 8;
    result += page.substr(at, page.find("```", at) - at);
  }
  return result;
}

void expect_documented(const std::string& page_name, const Json& document) {
  const std::string page = source_file(page_name);
  std::set<std::string> keys;
  collect_keys(document, keys);
  EXPECT_FALSE(keys.empty());
  for (const std::string& key : keys) {
    const bool in_table = page.find("`" + key + "`") != std::string::npos;
    const bool in_object = page.find("{\"" + key + "\": ") != std::string::npos ||
                           page.find(", \"" + key + "\": ") != std::string::npos;
    EXPECT_TRUE(in_table || in_object) << page_name << " does not explain " << key;
  }
}

TEST(Docs, ReportSchemaNamesEveryKey) {
  expect_documented("docs/report-schema.md",
                    Json::parse(source_file("tests/golden/output/report.json")));
}

TEST(Docs, ReportSchemaNamesEveryKeyOfTcp) {
  analyze::Tcp tcp;
  tcp.connections.emplace_back();
  tcp.peers.emplace_back();
  tcp.unclosed.emplace_back();
  tcp.sockets.emplace_back();
  expect_documented("docs/report-schema.md", Json::parse(tcp_json(tcp).dump()));
}

TEST(Docs, ReportExampleHasTheKeysOfAReport) {
  std::set<std::string> written, shown;
  collect_keys(Json::parse(source_file("tests/golden/output/report.json")), written);
  collect_keys(Json::parse(examples(source_file("docs/report-schema.md"))), shown);
  EXPECT_EQ(written, shown);
}

TEST(Docs, DumpSchemaNamesEveryKey) {
  expect_documented("docs/dump-schema.md",
                    Json::parse(source_file("tests/golden/output/dump.json")));
}

TEST(Docs, DumpExampleHasTheKeysOfADump) {
  std::set<std::string> written, shown;
  collect_keys(Json::parse(source_file("tests/golden/output/dump.json")), written);
  collect_keys(Json::parse(examples(source_file("docs/dump-schema.md"))), shown);
  EXPECT_EQ(written, shown);
}

TEST(Docs, DoctorSchemaNamesEveryKey) {
  expect_documented("docs/doctor-schema.md",
                    Json::parse(source_file("tests/golden/output/doctor.json")));
}

TEST(Docs, DoctorExampleHasTheKeysOfADiagnosis) {
  std::set<std::string> written, shown;
  collect_keys(Json::parse(source_file("tests/golden/output/doctor.json")), written);
  collect_keys(Json::parse(examples(source_file("docs/doctor-schema.md"))), shown);
  EXPECT_EQ(written, shown);
}

TEST(Docs, PsSchemaNamesEveryKey) {
  expect_documented("docs/ps-schema.md", Json::parse(source_file("tests/golden/output/ps.json")));
}

TEST(Docs, PsExampleHasTheKeysOfAList) {
  std::set<std::string> written, shown;
  collect_keys(Json::parse(source_file("tests/golden/output/ps.json")), written);
  collect_keys(Json::parse(examples(source_file("docs/ps-schema.md"))), shown);
  EXPECT_EQ(written, shown);
}

TEST(Docs, TraceSchemaNamesEveryKey) {
  std::istringstream lines(source_file("tests/golden/output/trace.json"));
  for (std::string line; std::getline(lines, line);) {
    expect_documented("docs/trace-schema.md", Json::parse(line));
  }
}

TEST(Docs, TraceExampleIsOfLinesThatAreWritten) {
  const std::string golden = source_file("tests/golden/output/trace.json");
  std::istringstream lines(examples(source_file("docs/trace-schema.md")));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_NE(golden.find(line), std::string::npos) << line;
  }
  EXPECT_GT(count, 0U);
}

}  // namespace
}  // namespace gosnoop::output
