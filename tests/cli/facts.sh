#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/csp_facts, built with the flags of examples/README.md, over a TPM in software. Arguments: omadm, the project, a C compiler.
set -uo pipefail
omadm=$1
project=$2
cc=$3
. "$project/tests/tpm/swtpm.sh"
dir=$(mktemp -d)
server=
trap 'swtpm_stop 2> /dev/null; [ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
: > "$dir/omadm.conf"
mkdir "$dir/csp"

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" "$@" --config "$dir/omadm.conf" --state "$dir/state" --csp "$dir/csp" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

flags=$(sed -n 's/^flags="\(.*\) \$(pkg-config.*/\1/p' "$project/examples/README.md")
[ -n "$flags" ] || complain "examples/README.md does not say how to build a plugin"
# shellcheck disable=SC2086
"$cc" -Werror $flags -I "$project/include" -o "$dir/csp/facts.so" "$project/examples/csp_facts/facts.c" || exit 1
if nm -D --undefined-only "$dir/csp/facts.so" | grep omadm_; then
  echo 'a plugin must not need anything of omadm'
  exit 1
fi

# Without a TPM.
run 1 tree get ./Vendor/TpmFacts/Pcr7 --tpm none
grep -qF 'TpmFacts: there is no TPM' "$dir/err" || complain 'the plugin does not say why'

# With one, and a server that takes the quote.
swtpm_make "$dir/tpm" && swtpm_start "$dir/tpm" || exit 1
run 0 tree get ./Vendor/TpmFacts/Pcr7 --tpm "tss2:$SWTPM_TCTI"
grep -qxE '[0-9a-f]{64}' "$dir/out" || complain 'PCR 7 is no digest'
python3 - "$dir" << 'END' &
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        open(sys.argv[1] + '/quote', 'wb').write(body)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
open(sys.argv[1] + '/port', 'w').write(str(server.server_port))
server.serve_forever()
END
server=$!
for _ in $(seq 100); do
  [ ! -s "$dir/port" ] || break
  sleep 0.1
done
run 0 tree exec ./Vendor/TpmFacts/Report "http://127.0.0.1:$(cat "$dir/port")/" --tpm "tss2:$SWTPM_TCTI"
grep -qxF 'accepted; waiting up to 60 s for its end' "$dir/out" || complain 'the wait is not said'
grep -qE '^ended: 200 ' "$dir/out" || complain 'the end is not said'
[ "$(head -c 4 "$dir/quote" | od -An -tx1 | tr -d ' ')" = ff544347 ] || complain 'what was posted is no quote' # TPM_GENERATED
run 1 tree exec ./Vendor/TpmFacts/Report http://127.0.0.1:1/ --tpm "tss2:$SWTPM_TCTI"
grep -qF 'it ended with 500' "$dir/err" || complain 'the failure is not said'

exit $failed
