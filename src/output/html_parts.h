// SPDX-License-Identifier: Apache-2.0
// What the pages have in common: one file each, that loads nothing and runs offline.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "output/stack_profile.h"

namespace gosnoop::output {

// Fit for the text of an element and for a quoted attribute; bytes that are no UTF-8 become U+FFFD.
std::string html_text(std::string_view text);

// Up to and with the heading. Everything that is loaded from elsewhere is forbidden to the page.
void write_page_begin(std::ostream& out, std::string_view title);
void write_page_end(std::ostream& out);

// A flame graph that zooms on a click and searches; a sentence where the profile is empty.
void write_flame_section(std::ostream& out, const StackProfile& profile);

}  // namespace gosnoop::output
