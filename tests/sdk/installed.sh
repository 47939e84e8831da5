#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is installed is all that an author of plugins, and a program that links the library, need: also where it was moved to another
# place afterwards.
# Usage: installed.sh CMAKE BUILD CC CXX [FLAG...]
set -euo pipefail
cmake=$1 build=$2 cc=$3 cxx=$4
shift 4
flags=("$@")
here=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
fail() {
  echo "$1"
  for log in "$room"/*.log; do tail -n 30 "$log"; done
  exit 1
}

# Python keeps its memory in pools of its own, and is not ended: what looks lost there is not ours to free.
echo 'leak:libpython' >"$room/suppressions"
export LSAN_OPTIONS="suppressions=$room/suppressions:print_suppressions=0"

"$cmake" --install "$build" --prefix "$room/first" >"$room/install.log" || fail "cmake --install fails"
mv "$room/first" "$room/usr"
prefix=$room/usr
omadm=$prefix/bin/omadm
lib=$(dirname "$(find "$prefix" -name libomadm.a)")
export PKG_CONFIG_PATH=$lib/pkgconfig
version=$(pkg-config --modversion omadm)
for file in bin/omadm share/man/man1/omadm.1 share/man/man5/omadm.conf.5 share/omadm/ddf/devinfo.ddf.xml \
  share/doc/omadm/docs/architecture.md include/omadm/csp.h; do
  [ -s "$prefix/$file" ] || fail "$file is not installed"
done
[ "$(readlink "$lib/libomadm.so")" = libomadm.so.0 ] || fail "libomadm.so does not lead to libomadm.so.0"
ls "$lib"/omadm/csp/*.so >/dev/null || fail "no plugin is installed"
if grep -rIl "$room/first\|$build" "$lib/cmake" "$lib/pkgconfig"; then fail "the files above name the place of the first installation"; fi

# Every header alone is a header of C++.
for header in "$prefix"/include/omadm/*.h; do
  echo "#include <omadm/$(basename "$header")>"
done >"$room/all.cc"
"$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror -I "$prefix/include" -fsyntax-only "$room/all.cc" || fail "C++"

# By CMake: two plugins, the examples, and a program with either library.
joined=$(IFS=' '; echo "${flags[*]}")
"$cmake" -S "$here/outside" -B "$room/outside" -DCMAKE_PREFIX_PATH="$prefix" -DEXAMPLES="$prefix/share/doc/omadm/examples" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
  -DCMAKE_C_FLAGS="$joined -Wall -Wextra -Werror" -DCMAKE_CXX_FLAGS="$joined -Wall -Wextra -Werror" >"$room/configure.log" 2>&1 ||
  fail "find_package(omadm) fails"
"$cmake" --build "$room/outside" >"$room/build.log" 2>&1 || fail "the project outside does not build"
for program in with_shared with_static; do
  [ "$("$room/outside/$program" "$here/outside/outside.ddf.xml")" = "./Vendor/Outside by omadm $version" ] || fail "$program does not run"
done
grep -q "$lib/libomadm.so.0" <<<"$(ldd "$room/outside/with_shared")" || fail "with_shared does not use the shared library"
if ldd "$room/outside/with_static" | grep -q libomadm; then fail "with_static uses the shared library"; fi

# By pkg-config: the same plugin with one command, and a program.
mkdir "$room/plugins"
# shellcheck disable=SC2046
"$cc" "${flags[@]}" $(pkg-config --cflags omadm-csp) -shared -fPIC -fvisibility=hidden -o "$room/by-pkg-config.so" \
  "$prefix/share/doc/omadm/examples/csp_facts/facts.c" || fail "a plugin does not build by pkg-config"
[ -z "$(pkg-config --libs omadm-csp)" ] || fail "omadm-csp links something"
[ "$(pkg-config --variable=plugindir omadm-csp)" -ef "$lib/omadm/csp" ] || fail "plugindir is elsewhere"
# shellcheck disable=SC2046
"$cc" "${flags[@]}" "$here/outside/client.c" $(pkg-config --cflags --libs omadm) -o "$room/client" || fail "a program does not build by pkg-config"
LD_LIBRARY_PATH=$lib "$room/client" "$here/outside/outside.ddf.xml" >"$room/client.log" || fail "the program of pkg-config does not run"

# By the commands of the examples' README, as they stand.
cp -r "$prefix/share/doc/omadm/examples" "$room/examples"
block=$(sed -n '/^```sh$/,/^```$/p' "$room/examples/README.md" | grep -v '^```')
pkg-config --exists python3-embed || block=$(grep -v python <<<"$block")
(cd "$room/examples" && PREFIX=$prefix && set -x && eval "$block") >"$room/examples.log" 2>&1 || fail "the commands of examples/README.md fail"
if grep -i warning "$room/examples.log"; then fail "the examples are not free of warnings"; fi
[ -s "$room/examples/facts.so" ] || fail "facts.so is not made"
chmod -R go-w "$room/examples"
for plugin in hello slow staging; do # the other one needs a TPM
  "$omadm" csp test --setting 'path={state}/banner' "$room/examples/$plugin.so" >"$room/examples.log" 2>&1 || fail "$plugin fails"
done

# The installed command loads them all, and asks them.
cp "$room"/outside/*.so "$room/plugins"
mv "$room/by-pkg-config.so" "$room/plugins/facts.so"
chmod -R go-w "$room/plugins"
printf '[csp.Banner]\npath = %s\n' "$room/banner" >"$room/omadm.conf"
"$omadm" csp list --csp "$room/plugins" --state "$room/state" --config "$room/omadm.conf" >"$room/list.log" 2>&1 || fail "a plugin was refused"
grep -q TpmFacts "$room/list.log" || fail "the plugin of pkg-config is not there"
for plugin in "$room"/outside/*.so; do
  grep -q "/$(basename "$plugin")\$" "$room/list.log" || fail "$(basename "$plugin") is not there"
done
for asked in "Outside:built outside" "OutsideCxx:built in C++"; do
  value=$("$omadm" tree get "./Vendor/${asked%%:*}" --csp "$room/plugins" --state "$room/state" 2>"$room/get.log") ||
    fail "${asked%%:*} cannot be read"
  [ "$value" = "${asked#*:}" ] || fail "${asked%%:*} answers $value"
done

# Each component can be installed alone.
"$cmake" --install "$build" --prefix "$room/plugins-only" --component plugins >"$room/component.log"
[ -z "$(find "$room/plugins-only" -type f ! -name '*.so')" ] || fail "the component plugins holds more than plugins"
"$cmake" --install "$build" --prefix "$room/sdk-only" --component sdk >"$room/component.log"
[ ! -e "$room/sdk-only/bin/omadm" ] && [ -s "$room/sdk-only/include/omadm/csp.h" ] || fail "the component sdk is not what it should be"
"$cmake" --install "$build" --prefix "$room/runtime-only" --component runtime >"$room/component.log"
programs=(omadm)
if grep -q '^SECCOMP_FOUND:INTERNAL=1' "$build/CMakeCache.txt"; then programs+=(omadm-csp-host); fi # nothing is isolated without it
for program in "${programs[@]}"; do
  [ -n "$(find "$room/runtime-only" -type f -name "$program" -perm /111)" ] || fail "the component runtime lacks $program"
done
