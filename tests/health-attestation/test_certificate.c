/* SPDX-License-Identifier: MIT */
/* What the service and the management server get, read as a stranger would. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <omadm/attestation.h>

#include "base/codec.h"
#include "base/mem.h"
#include "dha.h"

#define NAMESPACE "xmlns=\"http://schemas.microsoft.com/windows/security/healthcertificate/"

/* Claims, taken apart. */
typedef struct claims {
  omadm_buf octets;
  uint32_t number[6];
  omadm_str quote, signature, log;
  omadm_tpm_pcrs pcrs;
} claims;

static uint32_t u32le(const char *at) {
  const uint8_t *o = (const uint8_t *)at;
  return (uint32_t)o[0] | (uint32_t)o[1] << 8 | (uint32_t)o[2] << 16 | (uint32_t)o[3] << 24;
}

static void claims_read(claims *c, omadm_str xml, size_t numbers) {
  *c = (claims){.pcrs = {.bank = OMADM_TPM_SHA256, .digest_len = 32, .mask = OMADM_TPM_ALL_PCRS}};
  omadm_buf_init(&c->octets, &omadm_mem_default, 0);
  dha_take(xml, "<Claims>", "</Claims>", &c->octets);
  for (size_t i = 0; i < numbers; i++)
    c->number[i] = u32le(c->octets.ptr + 4 * i);
  const char *at = c->octets.ptr + 4 * numbers;
  c->quote = (omadm_str){at, c->number[2]};
  c->signature = (omadm_str){at + c->number[2], c->number[3]};
  at = c->signature.ptr + c->number[3];
  assert_int_equal(c->number[4], OMADM_TPM_PCRS * 32);
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    memcpy(c->pcrs.values[i], at + 32 * i, 32);
  c->log = (omadm_str){at + c->number[4], c->number[5]};
  assert_int_equal(c->log.ptr + c->log.len - c->octets.ptr, c->octets.len);
}

/* They verify under the key that the device has now. */
static void claims_expect(const claims *c, rig *r, omadm_str nonce) {
  const omadm_quote_expect expect = {.struct_size = sizeof expect,
                                     .nonce = nonce,
                                     .bank = OMADM_TPM_SHA256,
                                     .mask = OMADM_TPM_ALL_PCRS};
  omadm_buf key;
  omadm_error error = {0};
  omadm_buf_init(&key, &omadm_mem_default, 0);
  dha_take(omadm_buf_str(&r->service.request), "KAClaim=\"", "\"", &key);
  omadm_err err =
      omadm_quote_verify(c->quote, c->signature, (omadm_str){key.ptr + 30, key.len - 30}, &c->pcrs,
                         &expect, NULL, &error);
  if (err != 0) fail_msg("%s", error.text);
  omadm_buf_dispose(&key);
}

/* The answer of a Get of Certificate, decoded. */
static void get_data(rig *r, omadm_buf *xml) {
  omadm_buf_init(xml, &omadm_mem_default, 0);
  omadm_status status = rig_get(r, "Certificate");
  if (status != 200) fail_msg("%u\n%s", status, r->log);
  assert_int_equal(omadm_base64_decode(omadm_str_of(r->text), xml), 0);
}

static bool has(omadm_str text, const char *part) {
  return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void the_certificate_is_there_with_a_quote_over_the_nonce(void **state) {
  rig *r = rig_new();
  omadm_buf xml, blob;
  claims c;
  (void)state;
  r->service.sealed = true;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_replace(r, "Nonce", "01020304aabbccdd"), 200);
  get_data(r, &xml);
  assert_true(has(omadm_buf_str(&xml),
                  "<HealthCertificateValidationRequest ProtocolVersion=\"3\" " NAMESPACE
                  "validation/request/v3\">"));
  assert_false(has(omadm_buf_str(&xml), "Nonce"));
  omadm_buf_init(&blob, &omadm_mem_default, 0);
  dha_take(omadm_buf_str(&xml), "<HealthCertificateBlob>", "<", &blob);
  assert_true(omadm_str_is(omadm_buf_str(&blob), r->service.certificate));
  claims_read(&c, omadm_buf_str(&xml), 5);
  assert_int_equal(c.number[0], 1);
  assert_int_equal(c.number[1], OMADM_TPM_SHA256);
  claims_expect(&c, r, (omadm_str)OMADM_STR("\x01\x02\x03\x04\xaa\xbb\xcc\xdd"));
  omadm_buf_dispose(&c.octets);
  omadm_buf_dispose(&blob);
  omadm_buf_dispose(&xml);
  rig_free(r);
}

static void a_nonce_of_one_get_is_not_that_of_the_next(void **state) {
  static const char *const nonces[] = {"11111111", "2222222222222222"};
  static const char *const octets[] = {"\x11\x11\x11\x11", "\x22\x22\x22\x22\x22\x22\x22\x22"};
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  for (size_t i = 0; i < 2; i++) {
    omadm_buf xml;
    claims c;
    assert_int_equal(rig_replace(r, "Nonce", nonces[i]), 200);
    get_data(r, &xml);
    claims_read(&c, omadm_buf_str(&xml), 5);
    claims_expect(&c, r, omadm_str_of(octets[i]));
    omadm_buf_dispose(&c.octets);
    omadm_buf_dispose(&xml);
  }
  rig_free(r);
}

static void without_a_nonce_only_version_4_gives_it(void **state) {
  rig *r = rig_new();
  omadm_buf xml;
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_get(r, "Certificate"), 404);
  rig_expect(r, "Status", "3");
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", "4"), 200);
  assert_int_equal(rig_verify(r), 3);
  get_data(r, &xml);
  assert_true(has(omadm_buf_str(&xml), NAMESPACE "validation/request/v4\">"));
  omadm_buf_dispose(&xml);
  rig_free(r);
}

static void one_of_an_earlier_boot_is_not_given(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_restart(r);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  fake_tpm_reboot(r->tpm);
  rig_restart(r);
  assert_int_equal(rig_get(r, "Certificate"), 404);
  rig_expect(r, "Status", "0");
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_free(r);
}

static void a_tpm_that_fails_meanwhile_is_told_by_status(void **state) {
  static const struct {
    fake_call call;
    omadm_tpm_status tpm;
    const char *status;
  } rows[] = {{FAKE_QUOTE, OMADM_TPM_IO, "5"},
              {FAKE_INFO, OMADM_TPM_ABSENT, "6"},
              {FAKE_KEY_OPEN, OMADM_TPM_RESOURCE, "7"}};
  rig *r = rig_make();
  (void)state;
  rig_set(r, "timeout", "2");
  rig_start(r);
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(rig_verify(r), 3);
    fake_tpm_fail(r->tpm, rows[i].call, rows[i].tpm, 0);
    assert_int_equal(rig_get(r, "Certificate"), 500);
    rig_expect(r, "Status", rows[i].status);
    assert_int_equal(rig_get(r, "Certificate"), 404);
    fake_tpm_fail(r->tpm, rows[i].call, OMADM_TPM_OK, 0);
  }
  rig_free(r);
}

/* A log that is nothing but its head: crypto-agile, with the SHA-256 bank. */
static const char log_head[] = "\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x21\0\0\0"
                               "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0\0";

static void ask(rig *r, const char *version) {
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", version), 200);
  assert_int_equal(rig_verify(r), 3);
}

static void a_request_proves_the_key_in_the_way_of_its_version(void **state) {
  rig *r = rig_new();
  omadm_str sent;
  (void)state;
  ask(r, "3");
  sent = omadm_buf_str(&r->service.request);
  assert_true(
      has(sent, "<HealthCertificateRequest ProtocolVersion=\"3\" " NAMESPACE "request/v3\">"));
  assert_true(has(sent, "<EKCertificates KAClaim=\"S0FTV"));
  assert_true(has(sent, "AIKPublic=\"UlNBM"));
  assert_false(has(sent, "<AIKPublic>"));
  assert_false(has(sent, "TCGLogs"));
  ask(r, "1");
  sent = omadm_buf_str(&r->service.request);
  assert_true(has(sent, NAMESPACE "request/v1\">"));
  assert_true(has(sent, "<RSASigningKey>UlNBM"));
  assert_false(has(sent, "EKCertificate"));
  fake_tpm_knobs_of(r->tpm)->uncertified = true;
  ask(r, "4");
  sent = omadm_buf_str(&r->service.request);
  assert_true(has(sent, NAMESPACE "request/v4\">"));
  assert_true(has(sent, "</Claims><AIKPublic>UlNBM"));
  assert_true(has(sent, "<TCGLogs><Log type=\"TCG\" state=\"boot\"></Log></TCGLogs>"));
  assert_true(has(sent, "<SystemProperty name=\"OSVersion\">Linux "));
  rig_free(r);
}

static void the_claims_of_a_boot_hold_its_log_and_no_nonce(void **state) {
  rig *r = rig_new();
  claims c;
  const omadm_str log = {log_head, sizeof log_head - 1};
  (void)state;
  fake_tpm_knobs_of(r->tpm)->boot_log = log;
  fake_tpm_knobs_of(r->tpm)->ima_log = (omadm_str)OMADM_STR("ima");
  ask(r, "3");
  claims_read(&c, omadm_buf_str(&r->service.request), 6);
  assert_true(omadm_str_equal(c.log, log));
  claims_expect(&c, r, (omadm_str){NULL, 0});
  omadm_buf_dispose(&c.octets);
  ask(r, "4");
  assert_true(has(omadm_buf_str(&r->service.request),
                  "<Log type=\"IMA\" state=\"runtime\">aW1h</Log></TCGLogs>"));
  rig_free(r);
}

/* The bank follows the log, unless the setting names one; the signature follows its setting. */
static void the_bank_and_the_signature_can_be_chosen(void **state) {
  static const char legacy[32] = {8};
  rig *r = rig_make();
  omadm_buf octets;
  (void)state;
  fake_tpm_knobs_of(r->tpm)->boot_log = (omadm_str){legacy, sizeof legacy};
  rig_set(r, "signature", "sha1");
  rig_start(r);
  ask(r, "3");
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  dha_take(omadm_buf_str(&r->service.request), "<Claims>", "<", &octets);
  assert_int_equal(u32le(octets.ptr + 4), OMADM_TPM_SHA1);
  assert_int_equal(u32le(octets.ptr + 16), OMADM_TPM_PCRS * 20);
  rig_set(r, "bank", "sha256");
  ask(r, "3");
  octets.len = 0;
  dha_take(omadm_buf_str(&r->service.request), "<Claims>", "<", &octets);
  assert_int_equal(u32le(octets.ptr + 16), OMADM_TPM_PCRS * 32);
  omadm_buf_dispose(&octets);
  rig_free(r);
}

static void a_chain_of_the_settings_goes_with_the_request(void **state) {
  rig *r = rig_make();
  char path[] = "/tmp/omadm-chain-XXXXXX";
  (void)state;
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  fake_tpm_write_root(r->tpm, path);
  rig_set(r, "ek-chain", path);
  rig_start(r);
  ask(r, "3");
  assert_true(has(omadm_buf_str(&r->service.request), "<EKIntermediateCA>"));
  unlink(path);
  close(fd);
  rig_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_certificate_is_there_with_a_quote_over_the_nonce),
      cmocka_unit_test(a_nonce_of_one_get_is_not_that_of_the_next),
      cmocka_unit_test(without_a_nonce_only_version_4_gives_it),
      cmocka_unit_test(one_of_an_earlier_boot_is_not_given),
      cmocka_unit_test(a_tpm_that_fails_meanwhile_is_told_by_status),
      cmocka_unit_test(a_request_proves_the_key_in_the_way_of_its_version),
      cmocka_unit_test(the_claims_of_a_boot_hold_its_log_and_no_nonce),
      cmocka_unit_test(the_bank_and_the_signature_can_be_chosen),
      cmocka_unit_test(a_chain_of_the_settings_goes_with_the_request),
  };
  return rig_run("Certificate", tests, sizeof tests / sizeof *tests);
}
