#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/health-attestation.md: its table of Status holds the values that the CSP has, of the kinds that are said there, each with its test;
# those that are never sent are in no table of the CSP. docs/attestation-lies.md: each test that it names exists. And no code of the CSP,
# of the TPM providers or of the services is there for a test only.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
failed=0

complain() {
  echo "$1"
  failed=1
}

is() { # WHAT EXPECTED FOUND
  [ "$2" = "$3" ] || complain "$1: expected $2, found $3"
}

sorted() { tr ' ,' '\n\n' | grep . | sort -n | tr '\n' ' '; }

status_doc=docs/health-attestation.md
status_h=csps/health-attestation/status.h
of_kind() { sed -n "s/^| \([0-9, ]*\) | .* | $1 | .* |\$/\1/p" $status_doc | sorted; }
# Those that a real failure leads to, at least, and those that some failure does.
natural='0 1 2 3 5 6 7 16 17 18 19 20 26 30 31 33 34 400 404'
forced='9 10 11 14 21 22 23 24 25 27 28 29 32 65535'
is 'natural and forced values' "$(echo "$natural $forced" | sorted)" "$(echo "$(of_kind natural) $(of_kind forced)" | sorted)"
for value in $natural; do of_kind natural | grep -qw "$value" || complain "Status $value is not natural"; done
is 'values that are never sent' '4 8 12 13 15 35 36 ' "$(sed -n 's/^| \([0-9, ]*\) | never sent: .*/\1/p' $status_doc | sorted)"
is "values in $status_h" "$(echo "$natural $forced" | sorted)" \
  "$(sed -n 's/^  X([A-Z_]*, \([0-9xF]*\), .*/\1/p' $status_h | sed 's/0xFFFF/65535/' | sorted)"
# A Status comes from that table only, but for the stored one, which is looked up in it.
is 'numbers that are made a health_status' 1 "$(grep -ho '(health_status)' csps/health-attestation/*.c | wc -l)"

# Each test of a value has that number in it: W's in a line of expect, or in the sessions.
declare -A files=([W]=tests/statuses/statuses.sh [R]=tests/health-attestation/test_wire.c)
for letter in Statuses Verify Certificate Nodes Load; do
  files[${letter:0:1}]=tests/health-attestation/test_${letter,,}.c
done
while IFS='|' read -r _ value _ kind tests _; do
  value=${value// /}
  tests=${tests// /}
  [ -n "$tests" ] || complain "Status $value has no test"
  [ "${kind// /}" = forced ] || [[ $tests == *[WR]* ]] || complain "Status $value is natural, and not tested over the wire"
  for letter in ${tests//,/ }; do
    numbers=$value
    [ "$value" != 65535 ] || numbers='(65535|0xFFFF)'
    case $letter$value in
    W[01]) grep -qE "expect-value=\"(1|\\{\\{before\\}\\})\"" tests/statuses/commands.xml ;;
    W*) grep -qE "^([a-z]+=[^ ]+ )*expect $value " "${files[W]}" ;;
    *) grep -qE "(^|[^0-9a-zA-Z_])$numbers([^0-9a-zA-Z_]|\$)" "${files[$letter]:-none}" ;;
    esac || complain "Status $value is not in ${files[$letter]:-a file with the letter $letter}"
  done
done < <(grep -E '^\| [0-9]+ \| .* \| (natural|forced) \|' $status_doc)

# `test_FILE: NAME` and `FILE.sh: WHAT` of the other document.
named=0
while IFS= read -r test; do
  file=${test%%: *} what=${test#*: }
  case $file in
  *.*) path=tests/statuses/$file ;;
  *) path=$(echo tests/{attestation,azure,health-attestation,tpm,conformance}/"$file.c" | tr ' ' '\n' | while read -r f; do [ ! -f "$f" ] || echo "$f"; done) ;;
  esac
  found=
  for p in $path; do # test_statuses.c and others may be there twice
    case $file in
    *.*) grep -qF -- "$what" "$p" && found=$p ;;
    *) grep -qF "static void $what(void **state)" "$p" && grep -qE "[(]${what}[,)]" "$p" && found=$p ;;
    esac
  done
  [ -n "$found" ] || complain "docs/attestation-lies.md names a test that is not there: $test"
  named=$((named + 1))
done < <(grep -oE '`[a-z_0-9]+(\.[a-z]+)?: [^`]+`' docs/attestation-lies.md | tr -d '`')
[ "$named" -gt 80 ] || complain "only $named tests are named"

# The fake TPM and the one in the process are files of their own, which no program links that is installed.
grep -nE '\bgetenv|#if(n?def| defined)|(^|[^A-Z])TESTS?\b' csps/health-attestation/*.[ch] conformance/attestation/*.[ch] conformance/boot/*.[ch] \
  tpm/eventlog/*.[ch] tpm/verify/*.[ch] $(ls tpm/*.[ch] | grep -vE '/(fake|inproc|providers_tests)') |
  grep -vE '#ifndef [A-Z_0-9]+_H$' && complain 'the lines above are for tests only'
exit $failed
