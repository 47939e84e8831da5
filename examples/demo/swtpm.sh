# SPDX-License-Identifier: MIT
# A TPM 2.0 in software, for the demo and for tests: to be sourced by bash scripts. One folder is one TPM; folders may run side by side.
#
#   swtpm_available          is swtpm installed? If not, says so, and is false
#   swtpm_make DIR [BANKS]   manufactures a TPM with endorsement certificates. BANKS: the PCR banks it allocates, default
#                            sha1,sha256. Its maker's CA is DIR/ca (swtpm-localca-rootca-cert.pem signed issuercert.pem, which
#                            signed the certificates), the certificates are also in DIR/certs (DER)
#   swtpm_start DIR [STATE]  switches it on; TPM2_Startup(CLEAR) has been done, or with STATE startup-state TPM2_Startup(STATE).
#                            Sets SWTPM_TCTI (for tss2:…) and SWTPM_PID
#   swtpm_stop [DIR]         TPM2_Shutdown(CLEAR), then off. DIR: default the one started last; one that does not run is allowed
#   swtpm_reboot DIR         off and on: PCRs are zero, resetCount is one more; the TCTI stays the same
#   swtpm_resume DIR         suspend and resume: PCRs are kept, restartCount is one more
#
# DIR must be short (mktemp -d): the path of a Unix socket has less than 108 characters.

swtpm_available() {
  local tool
  for tool in swtpm swtpm_setup swtpm_localca; do
    command -v "$tool" > /dev/null || { echo "$tool is not installed: apt-get install swtpm swtpm-tools" >&2; return 1; }
  done
}

swtpm_make() {
  local dir=$1 banks=${2:-sha1,sha256}
  mkdir -p "$dir"/{state,ca,certs,config} || return
  cat > "$dir/config/setup.conf" << END
create_certs_tool = $(command -v swtpm_localca)
create_certs_tool_config = $dir/config/localca.conf
create_certs_tool_options = $dir/config/localca.options
active_pcr_banks = $banks
END
  cat > "$dir/config/localca.conf" << END
statedir = $dir/ca
signingkey = $dir/ca/signkey.pem
issuercert = $dir/ca/issuercert.pem
certserial = $dir/ca/certserial
END
  printf -- '--platform-manufacturer Test\n--platform-version 2.1\n--platform-model VM\n' > "$dir/config/localca.options"
  swtpm_setup --tpm2 --config "$dir/config/setup.conf" --tpm-state "dir://$dir/state" --create-ek-cert --create-platform-cert \
    --lock-nvram --pcr-banks "$banks" --overwrite --write-ek-cert-files "$dir/certs" --logfile "$dir/setup.log" > /dev/null || {
    echo "swtpm_setup could not make a TPM in $dir:" >&2
    cat "$dir/setup.log" >&2
    return 1
  }
}

swtpm_start() {
  local dir=$1 state=${2:-startup-clear} tries=0
  [ ${#dir} -le 90 ] || { echo "$dir is too long for a socket: use a folder of mktemp -d" >&2; return 1; }
  rm -f "$dir/tpm.sock" "$dir/tpm.sock.ctrl"
  swtpm socket --tpm2 --tpmstate "dir=$dir/state" --server "type=unixio,path=$dir/tpm.sock" \
    --ctrl "type=unixio,path=$dir/tpm.sock.ctrl" --flags "not-need-init,$state" --log "file=$dir/swtpm.log" &
  SWTPM_PID=$!
  SWTPM_DIR=$dir
  SWTPM_TCTI=swtpm:path=$dir/tpm.sock
  echo "$SWTPM_PID" > "$dir/pid"
  until swtpm_listens "$dir"; do
    kill -0 "$SWTPM_PID" 2> /dev/null && [ $((tries += 1)) -le 3000 ] || {
      echo "swtpm did not start in $dir:" >&2
      cat "$dir/swtpm.log" >&2
      swtpm_end "$dir"
      return 1
    }
    sleep 0.01
  done
}

# swtpm_listens DIR: the sockets are there some time before (the flag is __SO_ACCEPTCON; to connect would be to be a client).
swtpm_listens() {
  awk -v sock="$1/tpm.sock" '
    $4 == "00010000" && ($NF == sock || $NF == sock ".ctrl") { n++ } END { exit n != 2 }' /proc/net/unix
}

# swtpm_shutdown DIR TYPE: TPM2_Shutdown, TYPE 0 CLEAR or 1 STATE. Without it the next start counts as a power failure.
swtpm_shutdown() {
  perl -MIO::Socket::UNIX -e '
    my $tpm = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
    alarm 5;
    $tpm->syswrite(pack "nNNn", 0x8001, 12, 0x145, $ARGV[1]);
    $tpm->sysread(my $answer, 10);
    exit($answer ne pack "nNN", 0x8001, 10, 0);' "$1/tpm.sock" "$2"
}

# swtpm_off DIR TYPE
swtpm_off() {
  [ -e "$1/pid" ] || return 0
  if kill -0 "$(cat "$1/pid")" 2> /dev/null; then
    swtpm_shutdown "$1" "$2" || echo "the TPM in $1 did not answer TPM2_Shutdown" >&2
  fi
  swtpm_end "$1"
}

# swtpm_end DIR: its process, also one that hangs, or was stopped by a signal.
swtpm_end() {
  local pid tries=0
  pid=$(cat "$1/pid")
  while kill -0 "$pid" 2> /dev/null; do
    if [ $((tries += 1)) -le 100 ]; then kill "$pid" 2> /dev/null || :; else kill -KILL "$pid" 2> /dev/null || :; fi
    sleep 0.02
  done
  wait "$pid" 2> /dev/null || :
  rm -f "$1/pid"
}

swtpm_stop() {
  swtpm_off "${1:-${SWTPM_DIR:-}}" 0
}

swtpm_reboot() {
  swtpm_off "$1" 0 && swtpm_start "$1"
}

swtpm_resume() {
  swtpm_off "$1" 1 && swtpm_start "$1" startup-state
}
