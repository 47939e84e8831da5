#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The project builds as a folder of another one. Usage: subdirectory.sh CMAKE SOURCE CC
set -euo pipefail
cmake=$1 source=$2
export CC=$3
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

cat >"$room/CMakeLists.txt" <<TEXT
cmake_minimum_required(VERSION 3.25)
project(vendor LANGUAGES C)
add_subdirectory($source omadm)
TEXT
# The plugin needs what is made from its DDF, by scripts of the source tree, and the public headers.
{
  "$cmake" -S "$room" -B "$room/build" -DCMAKE_BUILD_TYPE=Debug -DOMADM_BUILD_TESTS=OFF &&
    "$cmake" --build "$room/build" --target omadm_csp_reboot
} >"$room/log" 2>&1 || {
  cat "$room/log"
  exit 1
}
