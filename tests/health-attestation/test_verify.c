/* SPDX-License-Identifier: MIT */
/* VerifyHealth from the Exec to the alert, over restarts and boots. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void it_ends_with_an_alert_for_the_server_that_asked(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_alerts(r, "srv"), 1);
  assert_int_equal(rig_alerts(r, "other"), 0);
  assert_int_equal(rig_alert_data(r, "srv"), 3);
  assert_string_equal(r->wanted, "srv ");
  rig_free(r);
}

static void a_failure_is_told_too(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.stage = OMADM_CSP_HTTP_CONNECT;
  assert_int_equal(rig_verify(r), 26);
  assert_int_equal(rig_alert_data(r, "srv"), 26);
  r->service.stage = OMADM_CSP_HTTP_DONE;
  assert_int_equal(rig_verify(r), 3);
  rig_free(r);
}

static void the_exec_is_answered_before_the_service_is(void **state) {
  rig *r = rig_make();
  (void)state;
  r->service.silent = true;
  rig_start(r);
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  rig_expect(r, "Status", "1");
  rig_await_request(r, 1);
  rig_expect(r, "Status", "1");
  assert_int_equal(rig_get(r, "Certificate"), 404);
  assert_int_equal(rig_alerts(r, "srv"), 0);
  rig_speak(r);
  rig_finish(r);
  rig_expect(r, "Status", "3");
  rig_free(r);
}

static void a_second_exec_starts_no_second_run_and_is_told_as_well(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  rig_await_request(r, 1);
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  r->origin.server_id = (omadm_str)OMADM_STR("second");
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  rig_speak(r);
  rig_finish(r);
  assert_int_equal(r->service.requests, 1);
  assert_int_equal(rig_alerts(r, "srv"), 1);
  assert_int_equal(rig_alerts(r, "second"), 1);
  assert_int_equal(rig_alert_data(r, "second"), 3);
  rig_free(r);
}

static void the_devices_own_exec_is_told_to_nobody(void **state) {
  rig *r = rig_new();
  (void)state;
  r->origin.server_id = (omadm_str){NULL, 0};
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_alerts(r, "srv"), 0);
  rig_free(r);
}

static void an_account_that_goes_is_told_no_more(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  rig_await_request(r, 1);
  omadm_framework_event(r->framework, OMADM_CSP_ACCOUNT_REMOVED, omadm_str_of("srv"));
  rig_speak(r);
  rig_finish(r);
  assert_int_equal(rig_alerts(r, "srv"), 0);
  rig_free(r);
}

static void an_agent_killed_in_the_middle_begins_again_and_tells(void **state) {
  rig *r = rig_new();
  char id[40];
  (void)state;
  r->service.silent = true;
  assert_int_equal(rig_exec(r, "VerifyHealth"), 200);
  assert_int_equal(rig_get(r, "CorrelationID"), 200);
  snprintf(id, sizeof id, "%.36s", r->text);
  rig_await_request(r, 1);
  rig_kill(r);
  rig_finish(r);
  rig_expect(r, "Status", "3");
  rig_expect(r, "CorrelationID", id);
  assert_int_equal(r->service.requests, 2);
  assert_int_equal(rig_alerts(r, "srv"), 1);
  assert_string_equal(r->wanted, "srv ");
  rig_restart(r);
  rig_finish(r);
  assert_int_equal(r->service.requests, 2);
  rig_free(r);
}

static void the_certificate_of_a_boot_is_fetched_once(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_verify(r), 3);
  rig_restart(r);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 1);
  fake_tpm_resume(r->tpm);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 2);
  fake_tpm_reboot(r->tpm);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 3);
  rig_free(r);
}

static void a_forced_one_is_fetched_and_forces_once(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_replace(r, "ForceRetrieve", "true"), 200);
  r->service.stage = OMADM_CSP_HTTP_TIMEOUT;
  assert_int_equal(rig_verify(r), 31);
  rig_expect(r, "ForceRetrieve", "true");
  r->service.stage = OMADM_CSP_HTTP_DONE;
  assert_int_equal(rig_verify(r), 3);
  rig_expect(r, "ForceRetrieve", "false");
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 3);
  rig_free(r);
}

static void another_service_or_version_is_asked_anew(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_string_equal(
      r->service.url,
      "https://has.spserv.microsoft.com/DeviceHealthAttestation/GetHealthCertificate/v3");
  assert_int_equal(rig_replace(r, "HASEndpoint", " dha.example.:8443"), 200);
  assert_int_equal(rig_verify(r), 3);
  assert_string_equal(r->service.url,
                      "https://dha.example:8443/DeviceHealthAttestation/GetHealthCertificate/v3");
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", "4"), 200);
  assert_int_equal(rig_verify(r), 3);
  assert_string_equal(r->service.url,
                      "https://dha.example:8443/DeviceHealthAttestation/GetHealthCertificate/v4");
  assert_int_equal(r->service.requests, 3);
  rig_free(r);
}

static void a_tpm_that_was_cleared_gets_a_new_key_and_certificate(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  fake_tpm_clear(r->tpm);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 2);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(r->service.requests, 2);
  rig_free(r);
}

static void a_sealed_certificate_is_opened_by_the_tpm(void **state) {
  rig *r = rig_new();
  (void)state;
  r->service.sealed = true;
  assert_int_equal(rig_verify(r), 3);
  rig_free(r);
}

/* The header names the run, and each run has a name of its own. */
static void the_service_is_told_the_correlation_id(void **state) {
  rig *r = rig_new();
  char first[40], header[64];
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_get(r, "CorrelationID"), 200);
  snprintf(first, sizeof first, "%.36s", r->text);
  assert_int_equal(strlen(first), 36);
  snprintf(header, sizeof header, "dhascorrelationid: %s\r\n", first);
  assert_non_null(strstr(r->service.headers, header));
  assert_non_null(strstr(r->service.headers, "Content-Type: application/xml\r\n"));
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_get(r, "CorrelationID"), 200);
  assert_string_not_equal(r->text, first);
  rig_free(r);
}

static void the_settings_choose_authorities(void **state) {
  rig *r = rig_make();
  (void)state;
  rig_set(r, "ca", "/etc/ca.pem");
  rig_start(r);
  assert_int_equal(rig_verify(r), 3);
  assert_string_equal(r->service.ca, "/etc/ca.pem");
  rig_free(r);
}

/* An answer of the TPM that passes is waited for. */
static void a_busy_tpm_is_asked_again(void **state) {
  rig *r = rig_make();
  (void)state;
  rig_set(r, "timeout", "2");
  rig_start(r);
  fake_tpm_fail(r->tpm, FAKE_QUOTE, OMADM_TPM_BUSY, 0);
  assert_int_equal(rig_verify(r), 5);
  assert_true(fake_tpm_knobs_of(r->tpm)->calls[FAKE_QUOTE] > 3);
  fake_tpm_fail(r->tpm, FAKE_QUOTE, OMADM_TPM_OK, 0);
  assert_int_equal(rig_verify(r), 3);
  rig_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_ends_with_an_alert_for_the_server_that_asked),
      cmocka_unit_test(a_failure_is_told_too),
      cmocka_unit_test(the_exec_is_answered_before_the_service_is),
      cmocka_unit_test(a_second_exec_starts_no_second_run_and_is_told_as_well),
      cmocka_unit_test(the_devices_own_exec_is_told_to_nobody),
      cmocka_unit_test(an_account_that_goes_is_told_no_more),
      cmocka_unit_test(an_agent_killed_in_the_middle_begins_again_and_tells),
      cmocka_unit_test(the_certificate_of_a_boot_is_fetched_once),
      cmocka_unit_test(a_forced_one_is_fetched_and_forces_once),
      cmocka_unit_test(another_service_or_version_is_asked_anew),
      cmocka_unit_test(a_tpm_that_was_cleared_gets_a_new_key_and_certificate),
      cmocka_unit_test(a_sealed_certificate_is_opened_by_the_tpm),
      cmocka_unit_test(the_service_is_told_the_correlation_id),
      cmocka_unit_test(the_settings_choose_authorities),
      cmocka_unit_test(a_busy_tpm_is_asked_again),
  };
  return rig_run("VerifyHealth", tests, sizeof tests / sizeof *tests);
}
