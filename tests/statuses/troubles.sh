#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A TPM that is locked out, busy, full, silent, or taken away: VerifyHealth and TriggerAttestation end with what has happened, and when
# the trouble is over, the next ones succeed and have left nothing in the TPM. Argument: the build folder.
set -uo pipefail
. "$(dirname "$0")/wire.sh"
swtpm_make "$work/tpm" && boot "$work/tpm" "$log" || exit 1
cat "$work"/tpm/ca/*cert.pem > "$work/makers.pem"
attestor real --ek-roots "$work/makers.pem"
direct=$tpm
state=$work/device # with its key
export TPM2TOOLS_TCTI=${tpm#tss2:}

# between WHAT…: at TPM2_Quote; between: no longer.
proxy=
between() {
  [ -z "$proxy" ] || { kill "$proxy" && wait "$proxy"; } 2> /dev/null
  proxy=
  rm -f "$work"/between*
  tpm=$direct
  [ $# -gt 0 ] || return
  python3 "$here/between.py" "$work/between" "$work/tpm/tpm.sock" "$@" 2> "$work/service.err" &
  proxy=$!
  started+=("$proxy")
  until [ -S "$work/between" ]; do kill -0 "$proxy" || give_up between.py "$work/service.err"; sleep 0.025; done
  tpm=tss2:swtpm:path=$work/between
}

recovers() { # WHAT
  between
  expect 3 0 "a TPM that $1, and no longer does"
  tidy "it $1"
}

# A lockout that is real: a wrong password, once too often. The keys are exempt from it, and the owner's password is not needed.
cd "$work" || exit 1
tpm2_dictionarylockout -s -n 1 -t 1000 -l 1000 && tpm2_createprimary -Q -C o -G ecc -p right -c guarded -a \
  'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt' && tpm2_flushcontext -t &&
  tpm2_create -Q -C guarded -P right -G ecc -u public -r private && tpm2_flushcontext -t || give_up 'a lockout'
tpm2_load -Q -C guarded -P wrong -u public -r private -c loaded > /dev/null 2>&1
tpm2_flushcontext -t
tpm2_getcap properties-variable | grep 'inLockout: *1' > /dev/null || complain 'the TPM is not locked out'
expect 3 0 'a TPM that is locked out, as keys and certificate are exempt'
tpm2_dictionarylockout -c || give_up 'the end of a lockout'
between 0x921
expect 5 0x80280921 'a TPM that answers that it is locked out' 'timeout = 1'

# Busy for a moment, and for good.
between 0x922 3
expect 3 0 'a TPM that is busy three times'
between 0x922
deadline=1 expect 5 0x80280922 'a TPM that stays busy' 'timeout = 5'
recovers 'is busy'

# Objects of somebody who does not clean up fill it.
for _ in 1 2 3; do tpm2_createprimary -Q -C n -G ecc -c other || give_up 'an object of somebody else'; done
expect 7 0x80280902 'a TPM without room' 'timeout = 1'
tpm2_flushcontext -t
recovers 'has no room'

# Silent in the middle, and from the beginning; who asks next, finds it busy with that. The agent is gone when the TPM speaks again: what
# it had loaded, a resource manager would flush; here we are that.
between silence
deadline=1 expect 5 0x80280922 'a TPM that falls silent in the middle' 'timeout = 5'
between
tpm2_flushcontext -t
kill -STOP "$(cat "$work/tpm/pid")"
deadline=1 expect 6 0x80280922 'a TPM that is silent' 'timeout = 5'
kill -CONT "$(cat "$work/tpm/pid")"
recovers 'is silent'

# Taken away between the key and the quote, and back after a while.
between kill "$(cat "$work/tpm/pid")"
expect 5 0x8028400F 'a TPM that is taken away'
between
expect 6 0x8028400F 'a TPM that is away'
rm -f "$work/tpm/pid"
boot "$work/tpm" "$log"
recovers 'was taken away'
end
