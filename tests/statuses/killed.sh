#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm(1) is killed (SIGKILL) while an attestation service does not answer, in the middle of VerifyHealth and of TriggerAttestation, and
# started again: the server is told once how each ended, nothing is left in the TPM, and the key is the one that the service has seen.
# Argument: the build folder.
set -uo pipefail
. "$(dirname "$0")/wire.sh"
swtpm_make "$work/tpm" && boot "$work/tpm" "$log" || exit 1
cat "$work"/tpm/ca/*cert.pem > "$work/makers.pem"
attestor real --ek-roots "$work/makers.pem"
real=$(cat "$work/real.port")
export TPM2TOOLS_TCTI=${tpm#tss2:}

# killed FILE: a session, and the end of the process when the service has been asked (FILE.1).
killed() {
  local pid
  as=exec device session > "$work/client.log" 2>&1 &
  pid=$!
  await "$1.1" || complain 'the service is not asked'
  kill -KILL "$pid"
  wait "$pid" 2> /dev/null
  tidy 'the agent was killed'
}

over() { # WHAT
  kill "$server"
  wait "$server" || complain "$1"
  done_cases=$((done_cases + 1))
}

times() { # N TEXT
  [ "$(grep -cF -- "$2" "$work/server.log")" = "$1" ] || complain "\"$2\" should come $1 times"
}

key() { grep -o 'KAClaim="[^"]*"' "$1"; }

serve "$real" late "$work/asked"
manage killed-1.xml 0
killed "$work/asked"
{ device session && device session; } >> "$work/client.log" 2>&1 || complain 'a session fails'
over 'VerifyHealth does not survive'
times 1 'HealthAttestation.Result, from'
[ -n "$(key "$work/asked.1")" ] && [ "$(key "$work/asked.1")" = "$(key "$work/asked.2")" ] || complain 'there is a second key'
[ ! -e "$work/asked.3" ] || complain 'the service was asked a third time'
tidy 'VerifyHealth'

serve "$real" late "$work/triggered"
manage killed-2.xml 0
killed "$work/triggered"
{ device session && device session; } >> "$work/client.log" 2>&1 || complain 'a session fails'
over 'TriggerAttestation does not survive'
times 2 'urn:omadm:alert:exec, from'
tidy 'TriggerAttestation'
end
