/* SPDX-License-Identifier: MIT */
/* The nodes of the Windows 11 half, and the JSON of TriggerAttestation. */
#include "pair.h"

#include <stdio.h>

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

#define URL "\"https://attest.test/attest/tpm?api-version=2020-10-01\""

static void both_spellings_are_understood(void **state) {
  static const char *const texts[] = {
      "{rpID : \"rp\", serviceEndpoint : " URL
      ", nonce : \"01\", aadToken : \"t\", \"cv\" : \"v\"}",
      "{\"rpid\":\"rp\",\"endpoint\":" URL ",\"nonce\":\"01\",\"aadToken\":\"t\",\"cv\":\"v\"}",
      " {\"RPID\":\"rp\",\"ServiceEndpoint\":" URL ",\"Nonce\":\"01\"}\r\n",
      "{\"endpoint\":" URL "}",
      "{\"endpoint\":\"https:\\/\\/attest.test/attest/tpm?api-version=2020-10-01\"}",
      "{\"endpoint\":" URL ",\"nonce\":\"aAbBcC\",\"other\":[1,{\"a\":null}],\"more\":-1.5e3}",
      "{\"endpoint\":" URL ",\"aadToken\":null,\"cv\":\"\"}",
      "{\"endpoint\":\"HTTPS://127.0.0.1:8080/attest/tpm?api-version=2020-10-01\"}",
      "{\"endpoint\":\"https://[::1]:1/attest/tpm?api-version=2020-10-01\"}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    omadm_status status = pair_exec(p, texts[i]);
    if (status != OMADM_ST_ACCEPTED) fail_msg("%u %s\n%s", status, texts[i], p->device_log);
    pair_finish(p);
    uint32_t hresult = pair_status(p);
    if (hresult != 0) fail_msg("%08x %s", hresult, texts[i]);
  }
}

static void what_is_malformed_is_refused_with_400(void **state) {
  static const char *const texts[] = {
      "",
      "{",
      "[]",
      "null",
      "{}",
      "{\"endpoint\":" URL,
      "{\"endpoint\":" URL "}}",
      "{\"endpoint\":" URL "} x",
      "{\"endpoint\":" URL ",}",
      "{,\"endpoint\":" URL "}",
      "{\"endpoint\" " URL "}",
      "{endpoint:https}",
      "{\"endpoint\":\"\"}",
      "{\"endpoint\":7}",
      "{\"endpoint\":[" URL "]}",
      "{\"endpoint\":" URL ",\"endpoint\":" URL "}",
      "{\"endpoint\":" URL ",\"serviceEndpoint\":" URL "}",
      "{\"endpoint\":" URL ",\"nonce\":\"1\"}",
      "{\"endpoint\":" URL ",\"nonce\":\"0x01\"}",
      "{\"endpoint\":" URL ",\"nonce\":1}",
      "{\"endpoint\":" URL ",\"aadToken\":\"a\\r\\nEvil: yes\"}",
      "{\"endpoint\":" URL ",\"aadToken\":\"a b\"}",
      "{\"endpoint\":" URL ",\"cv\":\"a\\nb\"}",
      "{\"endpoint\":" URL ",\"rpid\":\"\\ud800\"}",
      "{\"endpoint\":" URL ",\"rpid\":\"\\u00zz\"}",
      "{\"endpoint\":" URL ",\"rpid\":\"\\x\"}",
      "{\"endpoint\":" URL ",\"x\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}",
      "{\"endpoint\":" URL ",\"x\":[}]}",
      "{\"endpoint\":\"http://attest.test/\"}",
      "{\"endpoint\":\"http://127.0.0.1:8080/\"}",
      "{\"endpoint\":\"http://localhost/\"}",
      "{\"endpoint\":\"https://attest.test:0/\"}",
      "{\"endpoint\":\"https://attest.test:65536/\"}",
      "{\"endpoint\":\"https://[1::2::3]/\"}",
      "{\"endpoint\":\"https://attest.test\\\\.evil.test/\"}",
      "{\"endpoint\":\"https://%61ttest.test/\"}",
      "{\"endpoint\":\"https://user@attest.test/\"}",
      "{\"endpoint\":\"https://\"}",
      "{\"endpoint\":\"https:///path\"}",
      "{\"endpoint\":\"ftp://attest.test/\"}",
      "{\"endpoint\":\"attest.test\"}",
      "{\"endpoint\":\"https://attest.test/a b\"}",
      "{\"endpoint\":\"https://attest.test/\\u0000\"}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    omadm_status status = pair_exec(p, texts[i]);
    if (status != OMADM_ST_BAD_REQUEST) fail_msg("%u %s", status, texts[i]);
  }
  assert_int_equal(p->exchanges, 0);
  assert_int_equal(pair_status(p), 0);
}

static void before_the_first_session_there_is_nothing(void **state) {
  (void)state;
  assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_NOT_FOUND);
  assert_int_equal(pair_status(p), 0);
  assert_int_equal(pair_get(p, "GetServiceCorrelationIDs"), OMADM_ST_OK);
  assert_string_equal(p->text, "");
  assert_int_equal(pair_get(p, "AttestErrorMessage"), OMADM_ST_OK);
  assert_string_equal(p->text, "");
}

static void a_session_leaves_two_correlation_ids(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  assert_int_equal(pair_get(p, "GetServiceCorrelationIDs"), OMADM_ST_OK);
  assert_int_equal(strlen(p->text), 33);
  assert_int_equal(p->text[16], ';');
}

static void the_older_report_stays_where_a_session_fails(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  json_t *first = pair_report(p);
  p->stage = OMADM_CSP_HTTP_CONNECT;
  p->stage_err = OMADM_E_CONNECT;
  assert_int_equal(pair_attest(p, "02"), 0x80072EFD);
  json_t *second = pair_report(p);
  assert_true(json_equal(first, second));
  p->stage = OMADM_CSP_HTTP_DONE;
  assert_int_equal(pair_attest(p, "03"), 0);
  json_t *third = pair_report(p);
  claim_is(third, "nonce", json_string("Aw"));
  json_decref(first);
  json_decref(second);
  json_decref(third);
}

static void each_server_has_reports_of_its_own(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  p->origin.server_id = omadm_str_of("other");
  assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_NOT_FOUND);
  assert_int_equal(pair_attest(p, "02"), 0);
  json_t *claims = pair_report(p);
  claim_is(claims, "nonce", json_string("Ag"));
  json_decref(claims);
  p->origin.server_id = omadm_str_of("srv");
  claims = pair_report(p);
  claim_is(claims, "nonce", json_string("AQ"));
  json_decref(claims);
}

static void the_report_survives_a_restart(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  pair_restart(p);
  json_t *claims = pair_report(p);
  claim_is(claims, "nonce", json_string("AQ"));
  json_decref(claims);
}

static void an_account_that_is_removed_takes_its_report_along(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  omadm_framework_event(p->framework, OMADM_CSP_ACCOUNT_REMOVED, omadm_str_of("srv"));
  assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_NOT_FOUND);
}

static void while_a_session_runs_its_server_may_not_start_another(void **state) {
  static const char json[] = "{\"endpoint\":" URL ",\"nonce\":\"01\"}";
  (void)state;
  fake_tpm_knobs_of(p->tpm)->delay_ms = 50;
  assert_int_equal(pair_exec(p, json), OMADM_ST_ACCEPTED);
  assert_int_equal(pair_exec(p, json), OMADM_ST_UNAVAILABLE);
  p->origin.server_id = omadm_str_of("other");
  assert_int_equal(pair_exec(p, json), OMADM_ST_ACCEPTED);
  pair_finish(p);
  assert_int_equal(pair_status(p), 0);
  json_decref(pair_report(p));
  p->origin.server_id = omadm_str_of("srv");
  json_decref(pair_report(p));
  assert_int_equal(pair_exec(p, json), OMADM_ST_ACCEPTED);
  pair_finish(p);
}

static void the_token_and_the_vector_go_to_the_service(void **state) {
  (void)state;
  p->config.token = "eyJ.secret.token";
  assert_int_equal(pair_exec(p, "{\"endpoint\":" URL ",\"aadToken\":\"eyJ.secret.token\","
                                "\"cv\":\"cA/abc.1\"}"),
                   OMADM_ST_ACCEPTED);
  pair_finish(p);
  for (size_t i = 0; i < 2; i++) {
    assert_non_null(strstr(p->headers[i], "Authorization: Bearer eyJ.secret.token\r\n"));
    assert_non_null(strstr(p->headers[i], "MS-CV: cA/abc.1\r\n"));
    assert_non_null(strstr(p->headers[i], "Content-Type: application/json\r\n"));
  }
}

static bool holds(omadm_str text, const char *what) {
  return memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

static void the_token_is_neither_logged_nor_stored(void **state) {
  (void)state;
  fake_tpm_knobs_of(p->tpm)->delay_ms = 20;
  assert_int_equal(pair_exec(p, "{\"endpoint\":" URL ",\"aadToken\":\"eyJ.secret.token\"}"),
                   OMADM_ST_ACCEPTED);
  for (int round = 0; round < 2; round++) {
    for (int table = 0; table < OMADM_STORE_TABLES; table++) {
      char after[300];
      size_t n = 0;
      omadm_str key, value;
      while (p->store->ops->next(p->store, (omadm_store_table)table, (omadm_str){NULL, 0},
                                 (omadm_str){after, n}, &key, &value, NULL) == 0) {
        assert_false(holds(key, "secret"));
        assert_false(holds(value, "secret"));
        assert_true(key.len <= sizeof after);
        memcpy(after, key.ptr, key.len);
        n = key.len;
      }
    }
    pair_finish(p);
  }
  assert_null(strstr(p->device_log, "secret"));
}

static void a_session_that_a_restart_ended_has_failed(void **state) {
  (void)state;
  assert_int_equal(pair_attest(p, "01"), 0);
  pair_kill(p, "{\"endpoint\":" URL ",\"nonce\":\"02\"}");
  assert_int_equal(pair_status(p), 0x80004004);
  json_t *claims = pair_report(p);
  claim_is(claims, "nonce", json_string("AQ"));
  json_decref(claims);
  assert_int_equal(pair_attest(p, "03"), 0);
}

int main(void) {
#define DEVICE(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      DEVICE(both_spellings_are_understood),
      DEVICE(what_is_malformed_is_refused_with_400),
      DEVICE(before_the_first_session_there_is_nothing),
      DEVICE(a_session_leaves_two_correlation_ids),
      DEVICE(the_older_report_stays_where_a_session_fails),
      DEVICE(each_server_has_reports_of_its_own),
      DEVICE(the_report_survives_a_restart),
      DEVICE(an_account_that_is_removed_takes_its_report_along),
      DEVICE(while_a_session_runs_its_server_may_not_start_another),
      DEVICE(the_token_and_the_vector_go_to_the_service),
      DEVICE(the_token_is_neither_logged_nor_stored),
      DEVICE(a_session_that_a_restart_ended_has_failed),
  };
  return pair_run("trigger", tests, sizeof tests / sizeof *tests);
}
