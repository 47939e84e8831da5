#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values of HealthAttestation's Status and AttestStatus that a real failure leads to, through TLS and a real TPM's interface: a server
# asks for VerifyHealth and TriggerAttestation, reads Status before, meanwhile and afterwards, and gets the alert. Argument: the build
# folder.
set -uo pipefail
. "$(dirname "$0")/wire.sh"
tpms+=("$work/tpm")
certify stranger
swtpm_make "$work/tpm" && boot "$work/tpm" "$log" || exit 1

# The real service: everything is well, and what it says when it is not.
cat "$work"/tpm/ca/*cert.pem > "$work/makers.pem"
attestor real --ek-roots "$work/makers.pem"
real=$(cat "$work/real.port")
state=$work/kept expect 3 0 'a boot that is as its log says'
log=/dev/null expect 3 0 'a device without a log'
"$build/conformance/boot/omadm-boot" --write "$work/other" --set boot_debugging=1
log=$work/other expect 2 0x80190190 'the log of another boot'
expect 5 0x80290405 'a bank that the TPM has not allocated' 'bank = sha384'
tpm=none expect 6 0x8028400F 'no TPM'
tpm=tss2:swtpm:path=$work/nobody expect 6 0x8028400F 'a TPM that does not answer'
serve "$real" damage
expect 20 0 'a certificate that was damaged on the way'

nonsense=0x80072F78
serve 200:text
expect 16 $nonsense 'an answer that is neither XML nor JSON'
serve 200:json
expect 16 $nonsense 'JSON for XML, and with members of another type'
serve 200:html
expect 17 $nonsense 'an answer that is another document'
serve 200:validation
expect 17 $nonsense 'the answer to another question'
serve 200:cut
expect 17 $nonsense 'an answer that is cut'
serve 200:no-certificate
expect 18 $nonsense 'an empty certificate'
serve 200:for-another
expect 19 $nonsense 'a challenge for another TPM'
serve 200:refusal
expect 2 $nonsense 'a refusal'
serve 200:empty
expect 33 $nonsense 'an empty answer'
serve 200:huge
expect 31 $nonsense 'a huge answer'
serve 500:empty
expect 34 0x801901F4 'an HTTP error and nothing else'
serve 503:text
expect 2 0x801901F7 'an HTTP error with a text'
serve 400:text
expect 400 0x80190190 'HTTP 400'
serve 404:empty
expect 404 0x80190194 'HTTP 404'
serve hang up
expect 31 0x80072EFE 'a service that hangs up'
serve silence
state=$work/kept expect 31 0x80072EE2 'a service that says nothing' 'timeout = 1'
# A log that does not fit into the buffers between the two: most of it is padding.
cp "$log" "$work/large" && truncate -s 8M "$work/large"
serve reset
log=$work/large expect 30 0x80072EFE 'a service that hangs up while it is being written to'
authority=stranger serve 200:empty
expect 26 0x80072F8F 'the TLS certificate of a stranger'
hush
expect 26 0x80072EFD 'nobody at that port'
at=nobody.invalid
expect 404 0x80072EE7 'a host that does not exist'

# TPM2_HierarchyChangeAuth of the endorsement hierarchy: from now on no key can be made in it.
tpm2_changeauth -T "${tpm#tss2:}" -c endorsement secret || give_up TPM2_HierarchyChangeAuth
expect 7 0x80290408 'a TPM that lets nobody make an attestation key'
end
