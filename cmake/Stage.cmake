# SPDX-License-Identifier: Apache-2.0
# add_stage(NAME DEPENDS <stages> LIBRARIES <targets>): the folder src/NAME as one static library.
add_library(gosnoop_warnings INTERFACE)
target_compile_options(gosnoop_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  $<$<BOOL:${GOSNOOP_WERROR}>:-Werror>)

function(add_stage name)
  cmake_parse_arguments(STAGE "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_library(gosnoop_${name} STATIC ${sources})
  target_include_directories(gosnoop_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  list(TRANSFORM STAGE_DEPENDS PREPEND gosnoop_)
  target_link_libraries(gosnoop_${name} PUBLIC ${STAGE_DEPENDS} ${STAGE_LIBRARIES} fmt::fmt
                        tl::expected PRIVATE gosnoop_warnings)
endfunction()
