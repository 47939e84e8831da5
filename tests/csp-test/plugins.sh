#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# plugins.sh OMADM BUILD: omadm csp test on each plugin of the project and of the examples: none fails. And what the command says.
set -euo pipefail
omadm=$1 build=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
# No plugin finds the machine's own bus.
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/none DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/none
# Python keeps its memory in pools of its own, and is not ended: what looks lost there is not ours to free.
echo 'leak:libpython' >"$dir/suppressions"
export LSAN_OPTIONS="suppressions=$dir/suppressions:print_suppressions=0"

complain() {
  echo "$*" >&2
  failed=1
}

# passes PLUGIN ARGUMENT...: no failures, and at least one check.
passes() {
  local plugin=$1
  shift
  if "$omadm" csp test "$plugin" "$@" >"$dir/out" 2>"$dir/err" && grep -q '^[1-9][0-9]* checks: .* 0 failed' "$dir/out"; then
    echo "$(basename "$plugin"): $(tail -n 1 "$dir/out")"
  else
    complain "$plugin fails:"
    cat "$dir/out" "$dir/err" >&2
  fi
}

# The examples once more, each in a process of its own. Root runs that as another user, who has to reach the files.
isolated() {
  local user=()
  if [ "$(id -u)" = 0 ]; then
    user=(--user nobody)
    if ! setpriv --reuid nobody --clear-groups test -r "$1" 2>/dev/null; then
      echo "$(basename "$1"): not tried isolated, since nobody cannot read it"
      return
    fi
  fi
  passes "$@" --isolate "${user[@]}"
}

passes "$build/examples/plugins/hello.so"
passes "$build/examples/plugins-more/slow.so" --exec
# Its Exec is told 202, and goes on after a restart, on each of the three hosts.
grep -Eq '^./Vendor/Slow/Update .* 3/0/0 +-$' "$dir/out" || complain "no Exec goes on after a restart: $(cat "$dir/out")"
passes "$build/examples/plugins-more/staging.so" --setting 'path={state}/banner'
passes "$build/tests/csps/reboot.so"
for plugin in "$build"/plugins/*.so; do
  passes "$plugin"
done
if [ -e "$build/examples/plugins-more/notes.so" ]; then
  passes "$build/examples/plugins-more/notes.so" --seed 3
  notes=1
else
  echo "notes.so (the CSP in Python) is not built: python3-dev is missing"
fi
if grep -q '^SECCOMP_FOUND:INTERNAL=1' "$build/CMakeCache.txt"; then
  isolated "$build/examples/plugins/hello.so"
  isolated "$build/examples/plugins-more/slow.so" --exec
  isolated "$build/examples/plugins-more/staging.so" --setting 'path={state}/banner'
  if [ -n "${notes:-}" ]; then isolated "$build/examples/plugins-more/notes.so"; fi
else
  echo "nothing is tried isolated: libseccomp is missing"
fi

# The CSP in Python, as anybody would use it.
if [ -n "${notes:-}" ]; then
  mkdir "$dir/csp"
  cp "$build/examples/plugins-more/notes.so" "$dir/csp/"
  tree() {
    "$omadm" tree "$@" --csp "$dir/csp" --state "$dir/state" --tpm none --config /dev/null >"$dir/out" 2>"$dir/err" || complain "tree $*: $(cat "$dir/err")"
  }
  "$omadm" csp list --csp "$dir/csp" --state "$dir/state" --tpm none --config /dev/null >"$dir/out" 2>&1 || true
  grep -Eq '^Notes +1.0 +code +2 +./Vendor/Notes' "$dir/out" || complain "csp list does not show Notes: $(cat "$dir/out")"
  tree add ./Vendor/Notes/first "from C to Python"
  tree get ./Vendor/Notes/first
  [ "$(cat "$dir/out")" = "from C to Python" ] || complain "the note is $(cat "$dir/out")"
  tree replace ./Vendor/Notes/first "and back"
  tree get ./Vendor/Notes/first
  [ "$(cat "$dir/out")" = "and back" ] || complain "the note is $(cat "$dir/out")"
fi

# The one that stages: what an earlier run prepared, and nobody decided, goes and does not show.
mkdir "$dir/staging"
cp "$build/examples/plugins-more/staging.so" "$dir/staging/"
printf '[csp.Banner]\npath = %s\n' "$dir/banner" >"$dir/banner.conf"
echo old >"$dir/banner"
echo "never decided" >"$dir/banner.new-77"
"$omadm" tree replace ./Vendor/Banner "the new one" --csp "$dir/staging" --state "$dir/state2" --tpm none --config "$dir/banner.conf" \
  2>"$dir/err" || complain "the banner is not replaced: $(cat "$dir/err")"
[ "$(cat "$dir/banner")" = "the new one" ] || complain "the banner is $(cat "$dir/banner")"
if compgen -G "$dir/banner.new-*" >/dev/null; then complain "something that was prepared is left"; fi

# The words of the command.
bad=$build/tests/csp-test/plugins/faulty_LIES.so
if "$omadm" csp test "$bad" >"$dir/out" 2>&1; then complain "a faulty plugin passes"; fi
grep -q '^Failed$' "$dir/out" || complain "failures are not told"
tail -n 1 "$dir/out" | grep -Eq '^[0-9]+ checks: [0-9]+ passed, [1-9][0-9]* failed, [0-9]+ not tried \(seed 1\)$' ||
  complain "the last line does not count: $(tail -n 1 "$dir/out")"
"$omadm" csp test --json "$bad" >"$dir/json" 2>/dev/null && complain "a faulty plugin passes with --json"
/usr/bin/python3 - "$dir/json" <<'PY' || complain "the JSON is not as expected"
import json, sys
report = json.load(open(sys.argv[1]))
assert report["name"] == "Faulty" and report["failed"] == sum(r["failed"] for n in report["nodes"] for r in n["checks"].values())
assert any("Get expected" in f["text"] for f in report["failures"])
PY
# Servers of standard rights may look at what the examples do, and no more.
for uri in ./Vendor/Slow ./Vendor/Banner; do
  "$omadm" tree get "$uri?prop=ACL" --csp "$build/examples/plugins-more" --state "$dir/state3" --tpm none --config "$dir/banner.conf" >"$dir/out" 2>"$dir/err" ||
    complain "$uri has no ACL: $(cat "$dir/err")"
  grep -q '^Get=\*' "$dir/out" || complain "the ACL of $uri is $(cat "$dir/out")"
done
# One that dies says where.
(ulimit -c 0; exec "$omadm" csp test "$build/tests/csp-test/plugins/faulty_CRASHES.so") >"$dir/out" 2>"$dir/err" && complain "a plugin that crashes passes"
grep -q 'faulty_CRASHES.so aborts: Get ./Vendor/Faulty/Number, on the plain host' "$dir/err" || complain "a crash is not told: $(cat "$dir/err")"
# A name without a slash is a file here.
(cd "$build/examples/plugins" && passes hello.so)
# Values for a leaf for which none can be made up.
odd=$build/tests/csp-test/plugins/faulty_ODD.so
if ! "$omadm" csp test "$odd" >"$dir/out" 2>&1 || ! grep -q "no value could be made up that the DDF allows; --value './Vendor/Faulty/Names/{name}=VALUE' gives one" "$dir/out"; then
  complain "it is not said that a value is missing: $(cat "$dir/out")"
fi
passes "$odd" --value './Vendor/Faulty/Names/{name}=q123z' --value './Vendor/Faulty/Names/{name}=q456z'
grep -q 'no value could' "$dir/out" && complain "--value is not used: $(cat "$dir/out")"
if "$omadm" csp test --value q123z "$odd" 2>"$dir/err"; then complain "--value without = passes"; fi
grep -q 'URI=VALUE is wanted' "$dir/err" || complain "--value does not say what is wrong"
"$omadm" csp test /dev/null >"$dir/out" 2>"$dir/err" && complain "/dev/null passes"
if "$omadm" csp test --setting wrong "$bad" 2>"$dir/err"; then complain "--setting without = passes"; fi
grep -q 'NAME=VALUE is wanted' "$dir/err" || complain "--setting does not say what is wrong"
exit "$failed"
