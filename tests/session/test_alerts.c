/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "tests/session/talk.h"

#define FORMAT(text) "<Format xmlns=\"syncml:metinf\">" text "</Format>"

/* OMA-TS-DM_Protocol 8.7: a Generic Alert has a Format, in either dialect. */
static void a_generic_alert_that_names_no_format_says_chr(void **state) {
  static const omadm_alert alert = {
      .code = 1226, .type = OMADM_STR("com.example.done"), .data = OMADM_STR("x")};
  (void)state;
  for (int i = 0; i < 2; i++) {
    talk t;
    talk_open(&t, i == 0 ? OMADM_DIALECT_OMA : OMADM_DIALECT_WINDOWS);
    fake_host_raise(&t.host, &alert);
    talk_package1(&t);
    assert_sent(&t, FORMAT("chr"));
    talk_close(&t);
  }
}

/* [MS-MDM] 3.1.5.1.2: the client events of Windows have a Type alone. */
static void a_client_event_of_windows_that_names_no_format_has_none(void **state) {
  static const omadm_alert alert = {
      .code = 1224, .type = OMADM_STR("com.example.event"), .data = OMADM_STR("x")};
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_WINDOWS);
  fake_host_raise(&t.host, &alert);
  talk_package1(&t);
  assert_sent(&t, "com.example.event");
  assert_not_sent(&t, "<Format");
  talk_close(&t);
}

static omadm_err no_room(void *ctx, omadm_str server_id, uint64_t id, omadm_status status) {
  (void)ctx;
  (void)server_id;
  (void)id;
  (void)status;
  return OMADM_E_STORE;
}

static void a_host_that_cannot_note_an_answer_to_an_alert_is_logged(void **state) {
  static const omadm_alert alert = {
      .code = 1226, .type = OMADM_STR("com.example.done"), .data = OMADM_STR("x")};
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  t.host.port.alert_answered = no_room;
  fake_host_raise(&t.host, &alert);
  talk_package1(&t);
  talk_exchange(&t, "1",
                STATUS_OK_HEADER "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef>"
                                 "<Cmd>Alert</Cmd><Data>200</Data></Status>" FINAL);
  assert_logged(&t, "the server answered alert 1 with 200");
  assert_logged(&t, "the answer to alert 1 could not be kept: the store failed; it may be sent "
                    "again");
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_generic_alert_that_names_no_format_says_chr),
      cmocka_unit_test(a_client_event_of_windows_that_names_no_format_has_none),
      cmocka_unit_test(a_host_that_cannot_note_an_answer_to_an_alert_is_logged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
