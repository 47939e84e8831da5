/* SPDX-License-Identifier: MIT */
/* More requests than the TPM has time for, and services that keep it waiting. */
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MANY = 300, WAITING_MOST = 32 };

/* A device that holds a certificate, and a nonce. */
static rig *attested(void) {
  rig *r = rig_make();
  rig_set(r, "timeout", "2");
  rig_start(r);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  return r;
}

static unsigned calls(rig *r, fake_call call) {
  return fake_tpm_knobs_of(r->tpm)->calls[call];
}

static unsigned lines_with(const rig *r, const char *text) {
  unsigned n = 0;
  for (const char *at = r->log; (at = strstr(at, text)) != NULL; at++)
    n++;
  return n;
}

static void gets_that_nobody_waits_for_leave_nothing_behind(void **state) {
  static const struct {
    const char *node;
    fake_call call;
  } rows[] = {{"Certificate", FAKE_QUOTE}, {"TpmReadyStatus", FAKE_EK_PUBLIC}};
  rig *r = attested();
  (void)state;
  fake_tpm_knobs_of(r->tpm)->delay_ms = 5;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unsigned before = calls(r, rows[i].call);
    for (unsigned k = 0; k < MANY; k++)
      rig_ask_in_vain(r, rows[i].node);
    rig_finish(r);
    assert_int_equal(omadm_framework_pending(r->framework), 0);
    assert_in_range(calls(r, rows[i].call), before, before + 2);
  }
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_free(r);
}

static void gets_that_wait_for_the_same_share_an_answer(void **state) {
  static const struct {
    const char *node;
    fake_call call;
  } rows[] = {{"Certificate", FAKE_QUOTE}, {"TpmReadyStatus", FAKE_EK_PUBLIC}};
  rig *r = attested();
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unsigned before = calls(r, rows[i].call);
    memset(r->answers, 0, sizeof r->answers);
    for (unsigned k = 0; k < MANY; k++)
      (void)rig_ask(r, rows[i].node);
    rig_finish(r);
    assert_int_equal(r->answers[200], WAITING_MOST);
    assert_int_equal(r->answers[503], MANY - WAITING_MOST);
    assert_int_equal(calls(r, rows[i].call), before + 1);
  }
  rig_free(r);
}

static void one_that_is_given_up_takes_no_other_along(void **state) {
  rig *r = attested();
  (void)state;
  memset(r->answers, 0, sizeof r->answers);
  rig_ask_in_vain(r, "Certificate");
  (void)rig_ask(r, "Certificate");
  rig_ask_in_vain(r, "Certificate");
  rig_finish(r);
  assert_int_equal(r->answers[200], 1);
  rig_free(r);
}

static void no_more_quotes_wait_than_may(void **state) {
  rig *r = attested();
  char nonce[16];
  (void)state;
  memset(r->answers, 0, sizeof r->answers);
  fake_tpm_knobs_of(r->tpm)->delay_ms = 50;
  for (unsigned k = 0; k < 2 * WAITING_MOST; k++) {
    snprintf(nonce, sizeof nonce, "%08x", k);
    assert_int_equal(rig_replace(r, "Nonce", nonce), 200);
    (void)rig_ask(r, "Certificate");
  }
  unsigned refused = r->answers[503];
  fake_tpm_knobs_of(r->tpm)->delay_ms = 0;
  rig_finish(r);
  if (rig_host_flags == 0) assert_true(refused > 0);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  rig_free(r);
}

static void what_fails_for_many_is_logged_once(void **state) {
  rig *r = attested();
  char nonce[16];
  (void)state;
  fake_tpm_fail(r->tpm, FAKE_QUOTE, OMADM_TPM_IO, 0);
  for (unsigned k = 0; k < 8; k++) {
    snprintf(nonce, sizeof nonce, "%08x", k);
    assert_int_equal(rig_replace(r, "Nonce", nonce), 200);
    (void)rig_ask(r, "Certificate");
  }
  rig_finish(r);
  assert_int_equal(lines_with(r, "Status becomes 5"), 1);
  assert_int_equal(lines_with(r, "no quote over the nonce: the TPM cannot be reached"), 1);
  rig_free(r);
}

static void a_nonce_that_is_missing_is_logged_once(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  for (unsigned k = 0; k < 8; k++)
    assert_int_equal(rig_get(r, "Certificate"), 404);
  assert_int_equal(lines_with(r, "before a Nonce"), 1);
  rig_free(r);
}

/* A service that is silent keeps its own session waiting, and nobody else. */
static void a_slow_service_keeps_no_other_waiting(void **state) {
  rig *r = attested();
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_trigger(r, "{\"endpoint\":\"https://slow.example/attest\"}"), 202);
  rig_await_request(r, 2);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_speak(r);
  rig_finish(r);
  rig_free(r);
}

/* Two that begin together make one key. */
static void two_that_begin_together_have_one_key(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  assert_int_equal(rig_trigger(r, "{\"endpoint\":\"https://az.example/attest\"}"), 202);
  rig_await_request(r, 2);
  rig_speak(r);
  rig_finish(r);
  rig_expect(r, "Status", "3");
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_free(r);
}

static void a_call_that_timed_out_is_not_made_again(void **state) {
  rig *r = rig_new();
  (void)state;
  fake_tpm_fail(r->tpm, FAKE_QUOTE, OMADM_TPM_TIMEOUT, 0);
  assert_int_equal(rig_verify(r), 5);
  assert_int_equal(calls(r, FAKE_QUOTE), 1);
  rig_free(r);
}

static void no_call_begins_after_the_timeout(void **state) {
  rig *r = rig_make();
  (void)state;
  if (rig_host_flags == 0) { /* it takes its time, and the host has no part in it */
    rig_set(r, "timeout", "1");
    rig_start(r);
    fake_tpm_knobs_of(r->tpm)->delay_ms = 600;
    assert_int_equal(rig_verify(r), 5);
    assert_int_equal(calls(r, FAKE_QUOTE), 0);
    assert_int_equal(calls(r, FAKE_INFO) + calls(r, FAKE_KEY_OPEN), 2);
  } else {
    rig_start(r);
  }
  rig_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gets_that_nobody_waits_for_leave_nothing_behind),
      cmocka_unit_test(gets_that_wait_for_the_same_share_an_answer),
      cmocka_unit_test(one_that_is_given_up_takes_no_other_along),
      cmocka_unit_test(no_more_quotes_wait_than_may),
      cmocka_unit_test(what_fails_for_many_is_logged_once),
      cmocka_unit_test(a_nonce_that_is_missing_is_logged_once),
      cmocka_unit_test(a_slow_service_keeps_no_other_waiting),
      cmocka_unit_test(two_that_begin_together_have_one_key),
      cmocka_unit_test(a_call_that_timed_out_is_not_made_again),
      cmocka_unit_test(no_call_begins_after_the_timeout),
  };
  return rig_run("load", tests, sizeof tests / sizeof *tests);
}
