/* SPDX-License-Identifier: MIT */
/* Each value of Status, and what leads to it. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <omadm/attestation.h>

/* Verifies once, without regard to what is held, and expects this status in Status and alert. */
static void expect(rig *r, int status) {
  r->log[0] = '\0';
  assert_int_equal(rig_replace(r, "ForceRetrieve", "true"), 200);
  int got = rig_verify(r);
  if (got != status) fail_msg("Status is %d and not %d\n%s", got, status, r->log);
  assert_int_equal(rig_alert_data(r, "srv"), status);
}

static void expect_once(rig *r, int status) {
  expect(r, status);
  rig_free(r);
}

static void a_tpm_that_fails_has_a_status_by_step(void **state) {
  static const struct {
    fake_call call;
    omadm_tpm_status tpm;
    int status;
  } rows[] = {
      {FAKE_INFO, OMADM_TPM_ABSENT, 6},          {FAKE_INFO, OMADM_TPM_IO, 6},
      {FAKE_KEY_OPEN, OMADM_TPM_ABSENT, 6},      {FAKE_KEY_OPEN, OMADM_TPM_AUTH, 7},
      {FAKE_KEY_OPEN, OMADM_TPM_UNSUPPORTED, 7}, {FAKE_KEY_OPEN, OMADM_TPM_RESOURCE, 7},
      {FAKE_QUOTE, OMADM_TPM_ABSENT, 5},         {FAKE_QUOTE, OMADM_TPM_LOCKOUT, 5},
      {FAKE_INFO, OMADM_TPM_TIMEOUT, 6},         {FAKE_KEY_OPEN, OMADM_TPM_TIMEOUT, 7},
      {FAKE_QUOTE, OMADM_TPM_TIMEOUT, 5},        {FAKE_QUOTE, OMADM_TPM_IO, 5},
      {FAKE_QUOTE, OMADM_TPM_UNSUPPORTED, 5},    {FAKE_EK_CERTIFICATE, OMADM_TPM_IO, 24},
      {FAKE_EVENT_LOG, OMADM_TPM_IO, 3},         {FAKE_EK_CERTIFICATE, OMADM_TPM_NOT_FOUND, 3}};
  rig *r = rig_make();
  (void)state;
  rig_set(r, "timeout", "2"); /* a fortieth of it is waited for what may pass */
  rig_start(r);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fake_tpm_fail(r->tpm, rows[i].call, rows[i].tpm, 0);
    expect(r, rows[i].status);
    fake_tpm_fail(r->tpm, rows[i].call, OMADM_TPM_OK, 0);
  }
  rig_free(r);
}

static void no_tpm_is_6_and_one_of_another_version_9(void **state) {
  static const struct {
    uint32_t version;
    int status;
  } rows[] = {{0, 6}, {1, 9}, {3, 9}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fake_tpm_knobs_of(r->tpm)->info.version = rows[i].version;
    expect(r, rows[i].status);
  }
  rig_free(r);
  r = rig_make();
  r->no_tpm = true;
  rig_start(r);
  expect_once(r, 6);
}

static void a_bank_that_is_not_allocated_is_5(void **state) {
  rig *r = rig_make();
  (void)state;
  rig_set(r, "bank", "sha384");
  rig_start(r);
  expect_once(r, 5);
}

/* Calls of the TPM with an answer that a test spoils: true to the table, and wrong. */
static omadm_tpm_calls spoiled;
static const omadm_tpm_calls *true_calls;

static omadm_tpm_status key_of_another_type(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                            omadm_tpm_key *key) {
  (void)kind;
  return true_calls->key_open(tpm, OMADM_TPM_AK_P256, blob, key);
}

/* A signing key of RSA that anything may be signed with. */
static omadm_tpm_status key_not_restricted(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                           omadm_tpm_key *key) {
  omadm_tpm_status status = true_calls->key_open(tpm, kind, blob, key);
  key->public_area.octets[5] ^=
      1; /* type 2, nameAlg 2, then the attributes: restricted is bit 16 */
  return status;
}

/* bits of the parameters of an RSA key: behind the attributes an empty policy, no symmetric
 * algorithm, the scheme and its hash. */
static omadm_tpm_status key_of_another_size(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                            omadm_tpm_key *key) {
  enum { BITS_AT = 2 + 2 + 4 + 2 + 2 + 4 };
  omadm_tpm_status status = true_calls->key_open(tpm, kind, blob, key);
  key->public_area.octets[BITS_AT] = 12;
  return status;
}

static omadm_tpm_status certificate_that_is_none(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                                 omadm_tpm_data *der) {
  (void)tpm, (void)ek, (void)number;
  *der = (omadm_tpm_data){.len = 4, .octets = "none"};
  return OMADM_TPM_OK;
}

static omadm_tpm_status quote_with_other_pcrs(uint64_t tpm, uint64_t key, uint16_t bank,
                                              uint32_t mask, omadm_str nonce,
                                              omadm_tpm_quote *quote) {
  omadm_tpm_status status = true_calls->quote(tpm, key, bank, mask, nonce, quote);
  quote->pcrs.digest_len = 20;
  return status;
}

static omadm_tpm_status quote_that_is_none(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                                           omadm_str nonce, omadm_tpm_quote *quote) {
  omadm_tpm_status status = true_calls->quote(tpm, key, bank, mask, nonce, quote);
  quote->attest.len = 9;
  return status;
}

static rig *spoil(const omadm_tpm_calls *how) {
  rig *r = rig_make();
  true_calls = r->port.calls;
  spoiled = *true_calls;
  if (how->key_open != NULL) spoiled.key_open = how->key_open;
  if (how->ek_certificate != NULL) spoiled.ek_certificate = how->ek_certificate;
  if (how->quote != NULL) spoiled.quote = how->quote;
  r->port.calls = &spoiled;
  rig_start(r);
  return r;
}

static void what_a_tpm_gives_and_no_service_takes_has_a_status(void **state) {
  static const struct {
    omadm_tpm_calls calls;
    int status;
  } rows[] = {
      {{.key_open = key_of_another_type}, 21}, {{.key_open = key_not_restricted}, 22},
      {{.key_open = key_of_another_size}, 23}, {{.ek_certificate = certificate_that_is_none}, 24},
      {{.quote = quote_with_other_pcrs}, 14},  {{.quote = quote_that_is_none}, 5}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect_once(spoil(&rows[i].calls), rows[i].status);
}

static void a_chain_that_cannot_be_read_is_24(void **state) {
  rig *r = rig_make();
  (void)state;
  rig_set(r, "ek-chain", "/nowhere/chain.pem");
  rig_start(r);
  expect_once(r, 24);
}

static void each_stage_of_http_has_its_status(void **state) {
  static const struct {
    omadm_csp_http_stage stage;
    int status;
  } rows[] = {{OMADM_CSP_HTTP_HANDLE, 25},   {OMADM_CSP_HTTP_CONNECT, 26},
              {OMADM_CSP_HTTP_TLS, 26},      {OMADM_CSP_HTTP_URL, 27},
              {OMADM_CSP_HTTP_OPTIONS, 28},  {OMADM_CSP_HTTP_HEADERS, 29},
              {OMADM_CSP_HTTP_SEND, 30},     {OMADM_CSP_HTTP_RECEIVE, 31},
              {OMADM_CSP_HTTP_TIMEOUT, 31},  {OMADM_CSP_HTTP_STATUS, 32},
              {OMADM_CSP_HTTP_RESOLVE, 404}, {(omadm_csp_http_stage)99, 0xFFFF}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    r->service.stage = rows[i].stage;
    expect(r, rows[i].status);
  }
  rig_free(r);
  r = rig_make();
  r->no_http = true;
  rig_start(r);
  expect_once(r, 25);
}

#define RESPONSE(attributes, content)                                                              \
  "<HealthCertificateResponse " attributes ">" content "</HealthCertificateResponse>"

static void each_answer_has_its_status(void **state) {
  static const struct {
    uint32_t http;
    const char *body;
    int status;
  } rows[] = {
      {200, "", 33},
      {200, "what?", 16},
      {200, "{\"no\":1}", 16},
      {200, "<html><body>hello</body></html>", 17},
      {200, "<HealthCertificateResponse ErrorCode=\"0\"><HealthCertificateBlob>QUJD", 17},
      {200, RESPONSE("ErrorCode=\"0\"", ""), 17},
      {200, RESPONSE("ErrorCode=\"0\"", "<HealthCertificateBlob/>"), 18},
      {200, RESPONSE("ErrorCode=\"0\"", "<HealthCertificateBlob>!</HealthCertificateBlob>"), 17},
      {200, RESPONSE("ErrorCode=\"5\" ErrorMessage=\"no\"", ""), 2},
      {200, RESPONSE("", "<HealthCertificateBlob>QUJD</HealthCertificateBlob>"), 3},
      {200, RESPONSE("", "<HealthCertificateBlob>QUJD</HealthCertificateBlob>") ">", 3},
      {200,
       RESPONSE("", "<HealthCertificateBlob IV=\"\" EKChallenge=\"\">QUJD</HealthCertificateBlob>"),
       19},
      {400, "", 400},
      {400, "no", 400},
      {404, "", 404},
      {404, "<html/>", 404},
      {500, "", 34},
      {500, "broken", 2},
      {503, "", 34},
      {301, "", 34},
      {403, "go away", 2},
  };
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    r->service.status = rows[i].http;
    r->service.body = rows[i].body;
    expect(r, rows[i].status);
  }
  rig_free(r);
}

/* What a service says is not the device's own word, and no command to a terminal. */
static void a_refusal_is_logged_in_quotes(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.body =
      RESPONSE("ErrorCode=\"5\" ErrorMessage=\"fine&#x9B;31m&quot;; Status becomes 3\"", "");
  assert_int_equal(rig_verify(r), 2);
  assert_non_null(
      strstr(r->log, "the service refused with error 5, \"fine??31m'; Status becomes 3\"\n"));
  rig_free(r);
}

static void a_huge_answer_is_31(void **state) {
  enum { HUGE = 2 << 20 };
  rig *r = rig_new();
  char *body = malloc(HUGE);
  (void)state;
  assert_non_null(body);
  memset(body, 'A', HUGE - 1);
  body[HUGE - 1] = '\0';
  r->service.body = body;
  expect_once(r, 31);
  free(body);
}

static void spoil_challenge(omadm_tpm_data *id_object, omadm_tpm_data *secret, char *cipher) {
  (void)secret, (void)cipher;
  id_object->octets[7] ^= 1;
}

static void cut_challenge(omadm_tpm_data *id_object, omadm_tpm_data *secret, char *cipher) {
  (void)id_object, (void)cipher;
  secret->len = 0;
}

static void spoil_certificate(omadm_tpm_data *id_object, omadm_tpm_data *secret, char *cipher) {
  (void)id_object, (void)secret;
  cipher[20] ^= 1;
}

static void a_sealed_answer_for_another_is_19_and_a_damaged_one_20(void **state) {
  static const struct {
    void (*spoil)(omadm_tpm_data *, omadm_tpm_data *, char *);
    int status;
  } rows[] = {{spoil_challenge, 19}, {cut_challenge, 19}, {spoil_certificate, 20}};
  rig *r = rig_new();
  (void)state;
  r->service.sealed = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    r->service.spoil = rows[i].spoil;
    expect(r, rows[i].status);
  }
  rig_free(r);
}

static void a_tpm_that_is_gone_when_the_answer_comes_is_19(void **state) {
  static const omadm_tpm_status gone[] = {OMADM_TPM_ABSENT, OMADM_TPM_IO, OMADM_TPM_TIMEOUT};
  rig *r = rig_new();
  (void)state;
  r->service.sealed = true;
  for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
    fake_tpm_fail(r->tpm, FAKE_ACTIVATE, gone[i], 0);
    expect(r, 19);
  }
  fake_tpm_fail(r->tpm, FAKE_ACTIVATE, OMADM_TPM_OK, 0);
  expect(r, 3);
  rig_free(r);
}

/* The id is lost between a kill and the next start. */
static void a_correlation_id_that_is_not_stored_is_11(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  rig_await_request(r, 1);
  r->unreadable = "correlation-id";
  rig_kill(r);
  rig_finish(r);
  rig_expect(r, "Status", "11");
  assert_int_equal(rig_alert_data(r, "srv"), 11);
  rig_free(r);
}

static void a_nonce_that_is_not_stored_is_10(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  assert_int_equal(rig_verify(r), 3);
  r->unreadable = "nonce";
  assert_int_equal(rig_get(r, "Certificate"), 510);
  rig_expect(r, "Status", "10");
  rig_free(r);
}

static void work_that_cannot_be_started_is_65535(void **state) {
  rig *r = rig_new();
  (void)state;
  r->no_worker_room = true;
  expect_once(r, 65535);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tpm_that_fails_has_a_status_by_step),
      cmocka_unit_test(no_tpm_is_6_and_one_of_another_version_9),
      cmocka_unit_test(a_bank_that_is_not_allocated_is_5),
      cmocka_unit_test(what_a_tpm_gives_and_no_service_takes_has_a_status),
      cmocka_unit_test(a_chain_that_cannot_be_read_is_24),
      cmocka_unit_test(each_stage_of_http_has_its_status),
      cmocka_unit_test(each_answer_has_its_status),
      cmocka_unit_test(a_refusal_is_logged_in_quotes),
      cmocka_unit_test(a_huge_answer_is_31),
      cmocka_unit_test(a_sealed_answer_for_another_is_19_and_a_damaged_one_20),
      cmocka_unit_test(a_tpm_that_is_gone_when_the_answer_comes_is_19),
      cmocka_unit_test(a_correlation_id_that_is_not_stored_is_11),
      cmocka_unit_test(a_nonce_that_is_not_stored_is_10),
      cmocka_unit_test(work_that_cannot_be_started_is_65535),
  };
  return rig_run("Status", tests, sizeof tests / sizeof *tests);
}
