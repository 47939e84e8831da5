/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/verify/verify.h"

omadm_str span(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

omadm_str span_of_digest(const omadm_tpm_digest *digest) {
  return (omadm_str){(const char *)digest->octets, digest->len};
}

void spki_of(const omadm_tpm_data *public_area, omadm_tpm_data *spki) {
  omadm_tpm_public parsed;
  unsigned char *at = spki->octets;
  assert_int_equal(omadm_tpm_public_parse(span(public_area), &parsed, NULL), OMADM_OK);
  EVP_PKEY *key = verify_key_new(&parsed, NULL);
  assert_non_null(key);
  spki->len = (uint32_t)i2d_PUBKEY(key, &at);
  EVP_PKEY_free(key);
}

void evidence_begin(evidence *self, omadm_tpm_key_kind kind) {
  static const unsigned changed[] = {0, 4, 7};
  char digest[32] = "of something that was started..";
  memset(self, 0, sizeof *self);
  self->fake = fake_tpm_new();
  self->tpm = fake_tpm_port(self->fake);
  for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++)
    fake_tpm_extend(self->fake, OMADM_TPM_SHA256, changed[i], (omadm_str){digest, sizeof digest});
  omadm_str no_blob = {NULL, 0};
  assert_int_equal(self->tpm.calls->key_open(self->tpm.self, kind, no_blob, &self->ak),
                   OMADM_TPM_OK);
  self->expect = (omadm_quote_expect){.struct_size = sizeof self->expect,
                                      .nonce = OMADM_STR("a nonce"),
                                      .bank = OMADM_TPM_SHA256,
                                      .mask = OMADM_TPM_ALL_PCRS,
                                      .allow_sha1_signature = kind == OMADM_TPM_AK_RSA_SHA1};
}

void evidence_quote(evidence *self) {
  assert_int_equal(self->tpm.calls->quote(self->tpm.self, self->ak.handle, OMADM_TPM_SHA256,
                                          OMADM_TPM_ALL_PCRS, self->expect.nonce, &self->quote),
                   OMADM_TPM_OK);
}

omadm_err evidence_verify(evidence *self) {
  omadm_error_clear(&self->error);
  return omadm_quote_verify(span(&self->quote.attest), span(&self->quote.signature),
                            span(&self->ak.public_area), &self->quote.pcrs, &self->expect, NULL,
                            &self->error);
}

void evidence_is_refused(evidence *self, const char *words) {
  omadm_err err = evidence_verify(self);
  assert_true(err == OMADM_E_REFUSED || err == OMADM_E_SYNTAX);
  assert_int_equal(self->error.code, err);
  if (strstr(self->error.text, words) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", words, self->error.text);
}

void evidence_end(evidence *self) {
  omadm_tpm_close(&self->tpm);
  fake_tpm_free(self->fake);
}

bool evidence_read(const char *name, omadm_tpm_data *data) {
  char path[1024];
  const char *root = getenv("OMADM_TEST_DATA");
  snprintf(path, sizeof path, "%s%s/data/eventlogs/%s", root != NULL ? root : OMADM_SOURCE_DIR,
           root != NULL ? "" : "/../shared", name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    print_message("this part is not run: %s is not there (set OMADM_TEST_DATA)\n", path);
    return false;
  }
  data->len = (uint32_t)fread(data->octets, 1, sizeof data->octets, file);
  fclose(file);
  return true;
}

/* Lines "sha1:0 HEX". */
static void read_pcrs(const omadm_tpm_data *text, omadm_tpm_pcrs *pcrs) {
  char line[256];
  FILE *file = fmemopen((void *)(uintptr_t)text->octets, text->len, "r");
  assert_non_null(file);
  *pcrs = (omadm_tpm_pcrs){.bank = OMADM_TPM_SHA1, .digest_len = 20};
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned pcr = 0, octet = 0;
    int at = 0;
    if (sscanf(line, "sha1:%u %n", &pcr, &at) != 1) continue;
    assert_true(pcr < OMADM_TPM_PCRS);
    for (size_t i = 0; i < 20; i++) {
      assert_int_equal(sscanf(line + at + 2 * i, "%2x", &octet), 1);
      pcrs->values[pcr][i] = (uint8_t)octet;
    }
    pcrs->mask |= 1U << pcr;
  }
  fclose(file);
}

bool evidence_recorded(evidence *self) {
  omadm_tpm_data text;
  memset(self, 0, sizeof *self);
  if (!evidence_read("windows-gcp-shielded-vm.ak.tpmt_public", &self->ak.public_area) ||
      !evidence_read("windows-gcp-shielded-vm.quote.attest", &self->quote.attest) ||
      !evidence_read("windows-gcp-shielded-vm.quote.sig", &self->quote.signature) ||
      !evidence_read("windows-gcp-shielded-vm.pcrs.txt", &text))
    return false;
  read_pcrs(&text, &self->quote.pcrs);
  self->expect = (omadm_quote_expect){.struct_size = sizeof self->expect,
                                      .bank = OMADM_TPM_SHA1,
                                      .mask = OMADM_TPM_ALL_PCRS,
                                      .allow_sha1_bank = 1,
                                      .allow_sha1_signature = 1};
  return true;
}
