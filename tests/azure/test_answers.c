/* SPDX-License-Identifier: MIT */
/* What the device makes of a service that fails or lies, and of a TPM that does. */
#include "pair.h"

#include <stdio.h>

#define NONSENSE 0x80072F78u

/* What takes the place of an answer. */
static unsigned which; /* number of the exchange */
static int http_status;
static const char *body;
static size_t body_len;

static void replace_answer(pair *with, passing *x) {
  (void)with;
  if (x->number != which) return;
  x->reply->status = http_status;
  x->reply->body.len = 0;
  assert_int_equal(omadm_buf_add(&x->reply->body, body, body_len), 0);
}

static pair *p;

static int begin(void **state) {
  (void)state;
  p = pair_new();
  return 0;
}

static int end(void **state) {
  (void)state;
  pair_free(p);
  return 0;
}

static void answer_with(unsigned number, int status, const char *text) {
  p->exchanges = 0;
  which = number;
  http_status = status;
  body = text;
  body_len = strlen(text);
  p->after = replace_answer;
}

/* {"data": …} of a message. */
static const char *data_of(const char *message) {
  static char text[2048];
  omadm_buf out = {0};
  omadm_buf_init(&out, &omadm_mem_default, 0);
  encode(omadm_str_of(message), &out);
  snprintf(text, sizeof text, "{\"data\":\"%.*s\"}", (int)out.len, out.ptr);
  omadm_buf_dispose(&out);
  return text;
}

static void an_answer_that_is_nonsense_ends_the_session(void **state) {
  static const char *const plain[] = {
      "",
      "{",
      "null",
      "[]",
      "\"data\"",
      "{}",
      "{\"data\":null}",
      "{\"data\":{}}",
      "{\"data\":7}",
      "{\"data\":\"%%%%\"}",
      "{\"data\":\"e30\"} more",
      "{\"data\":\"e30\",\"data\":\"e30\"}",
      "<html>",
      "{\"data\":\"\\ud800\"}",
      "{\"data\":[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]}",
  };
  (void)state;
  for (unsigned number = 1; number <= 2; number++) {
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
      answer_with(number, 200, plain[i]);
      uint32_t status = pair_attest(p, "01");
      if (status != NONSENSE) fail_msg("%u %s: %08x", number, plain[i], status);
      assert_int_equal(p->exchanges, number);
    }
  }
}

static void a_challenge_that_is_none_ends_the_session(void **state) {
  static const char *const messages[] = {
      "{}",
      "{\"payload\":{}}",
      "{\"payload\":{\"challenge\":\"AQ\"}}",
      "{\"payload\":{\"service_context\":\"AQ\"}}",
      "{\"payload\":{\"challenge\":\"\",\"service_context\":\"AQ\"}}",
      "{\"payload\":{\"challenge\":\"A\",\"service_context\":\"AQ\"}}",
      "{\"payload\":{\"challenge\":\"AQ\",\"service_context\":\"a\\\"b\"}}",
      "{\"payload\":{\"challenge\":1,\"service_context\":\"AQ\"}}",
      "{\"payload\":{\"challenge\":"
      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"service_context\":\"AQ\"}}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    answer_with(1, 200, data_of(messages[i]));
    uint32_t status = pair_attest(p, "01");
    if (status != NONSENSE) fail_msg("%s: %08x", messages[i], status);
  }
}

static void a_report_that_is_no_token_ends_the_session(void **state) {
  static const char *const messages[] = {
      "{\"payload\":{\"report\":\"\"}}",        "{\"payload\":{\"report\":\"a.b\"}}",
      "{\"payload\":{\"report\":\"a.b.c.d\"}}", "{\"payload\":{\"report\":\"a..c\"}}",
      "{\"payload\":{\"report\":\"a.b.<c>\"}}", "{\"payload\":{\"report\":[\"a.b.c\"]}}",
      "{\"payload\":{\"request\":\"a.b.c\"}}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    answer_with(2, 200, data_of(messages[i]));
    uint32_t status = pair_attest(p, "01");
    if (status != NONSENSE) fail_msg("%s: %08x", messages[i], status);
    assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_NOT_FOUND);
  }
}

static void answers_are_taken_without_a_payload_too(void **state) {
  answer_with(2, 200, data_of("{\"report\":\"a.b.c\"}"));
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_OK);
  assert_string_equal(p->text, "a.b.c");
}

static void an_answer_that_is_huge_ends_the_session(void **state) {
  static char huge[1 << 20];
  answer_with(1, 200, "");
  (void)state;
  memset(huge, 'A', sizeof huge);
  body = huge;
  body_len = sizeof huge;
  assert_int_equal(pair_attest(p, "01"), NONSENSE);
}

static void an_http_status_is_told_as_an_hresult(void **state) {
  static const int statuses[] = {201, 301, 400, 401, 403, 404, 500, 503};
  (void)state;
  for (unsigned number = 1; number <= 2; number++) {
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
      answer_with(number, statuses[i], "");
      assert_int_equal(pair_attest(p, "01"), 0x80190000u + (unsigned)statuses[i]);
    }
  }
}

static void the_services_error_message_can_be_read(void **state) {
  static const char *const bodies[] = {
      "{\"error\":{\"code\":\"PolicyEvaluationError\",\"message\":\"no\"}}",
      "{\"Error\":{\"Code\":\"PolicyEvaluationError\",\"Message\":\"no\"}}",
  };
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    answer_with(2, 400, bodies[i]);
    assert_int_equal(pair_attest(p, "01"), 0x80190190u);
    assert_int_equal(pair_get(p, "AttestErrorMessage"), OMADM_ST_OK);
    assert_string_equal(p->text, "no");
    p->after = NULL;
    assert_int_equal(pair_attest(p, "01"), 0);
    assert_int_equal(pair_get(p, "AttestErrorMessage"), OMADM_ST_OK);
    assert_string_equal(p->text, "");
  }
}

static void an_error_message_is_made_fit_for_a_line(void **state) {
  answer_with(1, 400, "{\"error\":{\"message\":\"a\\nb\\u0007\\u00e9 c\xff\"}}");
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0x80190190u);
  assert_int_equal(pair_get(p, "AttestErrorMessage"), OMADM_ST_OK);
  assert_string_equal(p->text, "a?b??? c?");
}

static void the_services_own_refusal_reaches_the_server(void **state) {
  (void)state;
  p->config.token = "secret";
  assert_int_equal(pair_attest(p, "01"), 0x80190191u);
  assert_int_equal(pair_get(p, "AttestErrorMessage"), OMADM_ST_OK);
  assert_string_equal(p->text, "the bearer token is missing or not valid");
}

static void an_exchange_that_fails_is_told_as_an_hresult(void **state) {
  static const struct {
    omadm_csp_http_stage stage;
    omadm_err err;
    uint32_t hresult;
  } failures[] = {
      {OMADM_CSP_HTTP_HANDLE, OMADM_E_UNSUPPORTED, 0x80004005},
      {OMADM_CSP_HTTP_HANDLE, OMADM_E_NOMEM, 0x8007000E},
      {OMADM_CSP_HTTP_URL, OMADM_E_ARGUMENT, 0x80072EE5},
      {OMADM_CSP_HTTP_OPTIONS, OMADM_E_ARGUMENT, 0x80072EE9},
      {OMADM_CSP_HTTP_HEADERS, OMADM_E_ARGUMENT, 0x80072F79},
      {OMADM_CSP_HTTP_RESOLVE, OMADM_E_RESOLVE, 0x80072EE7},
      {OMADM_CSP_HTTP_CONNECT, OMADM_E_CONNECT, 0x80072EFD},
      {OMADM_CSP_HTTP_TLS, OMADM_E_TLS, 0x80072F8F},
      {OMADM_CSP_HTTP_SEND, OMADM_E_SEND, 0x80072EFE},
      {OMADM_CSP_HTTP_RECEIVE, OMADM_E_RECEIVE, 0x80072EFE},
      {OMADM_CSP_HTTP_RECEIVE, OMADM_E_LIMIT, NONSENSE},
      {OMADM_CSP_HTTP_STATUS, OMADM_E_RECEIVE, NONSENSE},
      {OMADM_CSP_HTTP_TIMEOUT, OMADM_E_TIMEOUT, 0x80072EE2},
  };
  (void)state;
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    p->stage = failures[i].stage;
    p->stage_err = failures[i].err;
    uint32_t status = pair_attest(p, "01");
    if (status != failures[i].hresult) fail_msg("case %zu: %08x", i, status);
    /* On the wire it is a signed number. */
    assert_int_equal(p->text[0], '-');
  }
}

static void silence_in_the_second_exchange(pair *with, passing *x) {
  if (x->number < 2) return;
  with->stage = OMADM_CSP_HTTP_TIMEOUT;
  with->stage_err = OMADM_E_TIMEOUT;
}

static void silence_is_told_as_a_timeout(void **state) {
  (void)state;
  p->after = silence_in_the_second_exchange;
  assert_int_equal(pair_attest(p, "01"), 0x80072EE2);
}

static void a_tpm_that_fails_is_told_as_an_hresult(void **state) {
  static const struct {
    omadm_tpm_status status;
    uint32_t hresult;
  } failures[] = {
      {OMADM_TPM_ABSENT, 0x8028400F},    {OMADM_TPM_UNSUPPORTED, 0x80290405},
      {OMADM_TPM_AUTH, 0x80290408},      {OMADM_TPM_IO, 0x80284006},
      {OMADM_TPM_NOT_FOUND, 0x80290407}, {OMADM_TPM_ARGUMENT, 0x80290407},
  };
  static const fake_call calls[] = {FAKE_INFO, FAKE_KEY_OPEN, FAKE_QUOTE, FAKE_CERTIFY, FAKE_SIGN};
  (void)state;
  pair_set(p, "request-key", "certify");
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
      fake_tpm_fail(p->tpm, calls[k], failures[i].status, 0);
      uint32_t status = pair_attest(p, "01");
      if (status != failures[i].hresult) fail_msg("case %zu, %zu: %08x", i, k, status);
      fake_tpm_fail(p->tpm, calls[k], OMADM_TPM_OK, 0);
      assert_int_equal(pair_attest(p, "01"), 0);
    }
    fake_tpm_clear(p->tpm); /* it has room for few keys */
  }
}

static void the_keys_are_closed_whatever_happens(void **state) {
  static const fake_call calls[] = {FAKE_QUOTE, FAKE_CERTIFY, FAKE_SIGN, FAKE_CALLS};
  const unsigned *counted = fake_tpm_knobs_of(p->tpm)->calls;
  (void)state;
  pair_set(p, "request-key", "certify");
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (calls[i] < FAKE_CALLS) fake_tpm_fail(p->tpm, calls[i], OMADM_TPM_IO, 0);
    (void)pair_attest(p, "01");
    if (calls[i] < FAKE_CALLS) fake_tpm_fail(p->tpm, calls[i], OMADM_TPM_OK, 0);
    assert_int_equal(counted[FAKE_KEY_OPEN], 2 * (i + 1));
    assert_int_equal(counted[FAKE_KEY_CLOSE], 2 * (i + 1));
  }
}

static void a_tpm_that_stays_busy_or_locked_is_told_so(void **state) {
  static const struct {
    omadm_tpm_status status;
    uint32_t hresult;
  } failures[] = {
      {OMADM_TPM_LOCKOUT, 0x80280921},
      {OMADM_TPM_BUSY, 0x80280922},
      {OMADM_TPM_RESOURCE, 0x80280902},
      {OMADM_TPM_TIMEOUT, 0x800705B4},
  };
  (void)state;
  pair_set(p, "timeout", "1");
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    fake_tpm_fail(p->tpm, FAKE_QUOTE, failures[i].status, 0);
    assert_int_equal(pair_attest(p, "01"), failures[i].hresult);
  }
}

static void a_tpm_of_version_1_2_is_not_ready(void **state) {
  (void)state;
  fake_tpm_knobs_of(p->tpm)->info.version = 1;
  assert_int_equal(pair_attest(p, "01"), 0x80290401);
  assert_int_equal(p->exchanges, 0);
}

static void a_cleared_tpm_gets_a_new_key(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  json_t *first = pair_report(p);
  fake_tpm_clear(p->tpm);
  assert_int_equal(pair_attest(p, "01"), 0);
  json_t *second = pair_report(p);
  assert_string_not_equal(json_string_value(json_object_get(first, "aikPubHash")),
                          json_string_value(json_object_get(second, "aikPubHash")));
  json_decref(first);
  json_decref(second);
}

int main(void) {
#define DEVICE(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      DEVICE(an_answer_that_is_nonsense_ends_the_session),
      DEVICE(a_challenge_that_is_none_ends_the_session),
      DEVICE(a_report_that_is_no_token_ends_the_session),
      DEVICE(answers_are_taken_without_a_payload_too),
      DEVICE(an_answer_that_is_huge_ends_the_session),
      DEVICE(an_http_status_is_told_as_an_hresult),
      DEVICE(the_services_error_message_can_be_read),
      DEVICE(an_error_message_is_made_fit_for_a_line),
      DEVICE(the_services_own_refusal_reaches_the_server),
      DEVICE(an_exchange_that_fails_is_told_as_an_hresult),
      DEVICE(silence_is_told_as_a_timeout),
      DEVICE(a_tpm_that_fails_is_told_as_an_hresult),
      DEVICE(the_keys_are_closed_whatever_happens),
      DEVICE(a_tpm_that_stays_busy_or_locked_is_told_so),
      DEVICE(a_tpm_of_version_1_2_is_not_ready),
      DEVICE(a_cleared_tpm_gets_a_new_key),
  };
  return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
