// SPDX-License-Identifier: Apache-2.0
#include "output/exposition.h"

#include <gtest/gtest.h>

namespace gosnoop::output {
namespace {

TEST(Exposition, EscapesLabels) {
  EXPECT_EQ(labels_text({}), "");
  EXPECT_EQ(labels_text({{"a", "x"}, {"b", ""}}), R"({a="x",b=""})");
  EXPECT_EQ(labels_text({{"a", "say \"hi\"\n\\o/"}}), R"({a="say \"hi\"\n\\o/"})");
  EXPECT_EQ(labels_text({{"a", "é"}}), "{a=\"é\"}");
  EXPECT_EQ(labels_text({{"a", "\xe9\"\xff"}}), "{a=\"\xef\xbf\xbd\\\"\xef\xbf\xbd\"}");
}

TEST(Exposition, PutsTheSamplesOfAMetricTogether) {
  Exposition out;
  using Type = Exposition::Type;
  for (const char* pid : {"1", "2"}) {
    out.family("first", Type::kGauge, "The first.").add({{"pid", pid}}, 1);
    out.family("second_total", Type::kCounter, "The second.").add({{"pid", pid}}, 2.5);
  }
  out.family("never", Type::kGauge, "Has no samples.");
  EXPECT_EQ(out.text(),
            "# HELP first The first.\n# TYPE first gauge\n"
            "first{pid=\"1\"} 1\nfirst{pid=\"2\"} 1\n"
            "# HELP second_total The second.\n# TYPE second_total counter\n"
            "second_total{pid=\"1\"} 2.5\nsecond_total{pid=\"2\"} 2.5\n");
}

TEST(Exposition, WritesWholeNumbersInFull) {
  Exposition out;
  auto& family = out.family("n", Exposition::Type::kGauge, "N.");
  family.add({}, 1795264818.25);
  family.add({{"a", "b"}}, 9007199254740991.0);
  family.add("_bucket", {{"le", "+Inf"}}, 0);
  EXPECT_EQ(out.text(),
            "# HELP n N.\n# TYPE n gauge\nn 1795264818.25\nn{a=\"b\"} 9007199254740991\n"
            "n_bucket{le=\"+Inf\"} 0\n");
}

}  // namespace
}  // namespace gosnoop::output
