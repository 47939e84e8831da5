/* SPDX-License-Identifier: MIT */
/* First octet: what the rest is, of the table below. What parses lies within what was given, and
 * has the form that callers rely on. */
#include <omadm/attestation.h>

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tpm/recording.h"
#include "tpm/verify/marshal.h"

static void check_within(omadm_str part, omadm_str whole) {
  if (part.len == 0) return;
  require(part.ptr >= whole.ptr && part.len <= whole.len);
  require((size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

static void check_error(omadm_err err, const omadm_error *error) {
  require(err == OMADM_OK || err == OMADM_E_REFUSED || err == OMADM_E_SYNTAX);
  require((err == OMADM_OK) == (error->text[0] == '\0'));
}

static void run_public(omadm_str octets) {
  omadm_tpm_public key;
  omadm_tpm_digest name;
  omadm_error error = {0};
  omadm_err err = omadm_tpm_public_parse(octets, &key, &error);
  check_error(err, &error);
  require((omadm_tpm_name(octets, &name, NULL) == OMADM_OK) == (err == OMADM_OK));
  omadm_err attesting = omadm_ak_check(octets, 1, NULL);
  if (err != 0) {
    require(attesting != OMADM_OK);
    return;
  }
  check_within(key.policy, octets);
  check_within(key.modulus, octets);
  check_within(key.x, octets);
  check_within(key.y, octets);
  require(name.len > 2 && name.len <= sizeof name.octets);
  require(key.type != 0x0001 || key.modulus.len * 8 == key.bits);
}

static void check_attest(omadm_str octets) {
  omadm_attest a;
  omadm_error error = {0};
  omadm_err err = omadm_attest_parse(octets, &a, &error);
  check_error(err, &error);
  if (err != 0) return;
  const omadm_str parts[] = {a.signer, a.extra, a.pcr_digest, a.name, a.qualified_name};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    check_within(parts[i], octets);
  require((a.mask & ~OMADM_TPM_ALL_PCRS) == 0);
  require(a.mask != 0 || a.bank == 0);
}

/* Two sizes, a public area, a signature, an attestation. */
static void run_signed(omadm_str octets) {
  static const omadm_tpm_pcrs pcrs = {
      .bank = OMADM_TPM_SHA256, .digest_len = 32, .mask = OMADM_TPM_ALL_PCRS};
  omadm_quote_expect expect = {.struct_size = sizeof expect,
                               .nonce = OMADM_STR("a nonce"),
                               .mask = OMADM_TPM_ALL_PCRS,
                               .allow_sha1_bank = 1,
                               .allow_sha1_signature = 1};
  omadm_error error = {0};
  reader r = reader_of(octets);
  size_t key_size = reader_u16(&r), signature_size = reader_u16(&r);
  omadm_str key = reader_span(&r, key_size);
  omadm_str signature = reader_span(&r, signature_size);
  omadm_str attest = reader_span(&r, r.left);
  if (r.failed) return;
  check_attest(attest);
  omadm_err err = omadm_quote_verify(attest, signature, key, &pcrs, &expect, NULL, &error);
  check_error(err, &error);
  omadm_error_clear(&error);
  err = omadm_certify_verify(attest, signature, key, key, expect.nonce, &error);
  check_error(err, &error);
}

static void run_ek(omadm_str octets) {
  static const omadm_tpm_digest name = {.len = 34, .octets = {0x00, 0x0B}};
  omadm_tpm_data id_object, secret;
  omadm_error error = {0};
  check_error(omadm_credential_make(octets, &name, (omadm_str)OMADM_STR("secret"), &id_object,
                                    &secret, &error),
              &error);
}

static void run_info(omadm_str octets) {
  omadm_tpm_info info;
  if (recording_parse_info(octets, &info) != OMADM_OK) return;
  require(info.n_banks <= 8);
  require(memchr(info.vendor, '\0', sizeof info.vendor) != NULL);
  require(memchr(info.manufacturer, '\0', sizeof info.manufacturer) != NULL);
}

static void run_pcrs(omadm_str octets) {
  omadm_tpm_pcrs pcrs;
  uint16_t banks[8];
  uint32_t n = 0;
  if (recording_parse_pcrs(octets, OMADM_TPM_SHA256, &pcrs, banks, &n) != OMADM_OK) return;
  require(n <= 8 && (pcrs.mask & ~OMADM_TPM_ALL_PCRS) == 0);
  require(n > 0 || pcrs.mask == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  static void (*const runs[])(omadm_str octets) = {run_public, run_signed, run_ek, run_info,
                                                   run_pcrs};
  if (n == 0) return 0;
  runs[octets[0] % (sizeof runs / sizeof runs[0])]((omadm_str){(const char *)octets + 1, n - 1});
  return 0;
}
