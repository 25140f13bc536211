# SPDX-License-Identifier: Apache-2.0
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(ELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(DW REQUIRED IMPORTED_TARGET libdw)
pkg_check_modules(CAPSTONE REQUIRED IMPORTED_TARGET capstone)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_builder.hpp REQUIRED)  # headers only
add_library(protozero INTERFACE IMPORTED)
target_include_directories(protozero INTERFACE ${PROTOZERO_INCLUDE_DIR})
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
find_package(Threads REQUIRED)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
find_program(BPF_CLANG NAMES clang REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin REQUIRED)

# libbpf 1.4 (uprobe_multi) is unpacked by scripts/install-deps, linked statically.
set(GOSNOOP_CACHE "$ENV{GOSNOOP_CACHE}" CACHE PATH "Where scripts/ keep what they fetched")
if(NOT GOSNOOP_CACHE)
  set(GOSNOOP_CACHE "$ENV{HOME}/.cache/gosnoop")
endif()
set(LIBBPF_ROOT ${GOSNOOP_CACHE}/libbpf/usr)
find_library(LIBBPF_ARCHIVE NAMES libbpf.a HINTS ${LIBBPF_ROOT}/lib/x86_64-linux-gnu
             NO_DEFAULT_PATH REQUIRED)
add_library(libbpf STATIC IMPORTED)
set_target_properties(libbpf PROPERTIES
  IMPORTED_LOCATION ${LIBBPF_ARCHIVE}
  INTERFACE_INCLUDE_DIRECTORIES ${LIBBPF_ROOT}/include
  INTERFACE_LINK_LIBRARIES "PkgConfig::ELF;PkgConfig::ZLIB")
