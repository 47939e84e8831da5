/* SPDX-License-Identifier: MIT */
#include "tests/session/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const omadm_str content_type = OMADM_STR("application/vnd.syncml.dm+xml; charset=utf-8");
static const omadm_str nothing = {NULL, 0};

void talk_open(talk *t, omadm_dialect dialect) {
  memset(t, 0, sizeof *t);
  t->tree = fake_tree_new();
  t->knobs = fake_tree_knobs(t->tree);
  fake_tree_put_devinfo(t->tree);
  fake_host_init(&t->host);
  omadm_session_config_init(&t->config);
  t->config.tree = fake_tree_port(t->tree);
  t->config.host = &t->host.port;
  t->config.dialect = dialect;
  t->config.server_id = (omadm_str)OMADM_STR("srv");
  t->config.server_uri = (omadm_str)OMADM_STR("https://dm.example/");
  t->config.device_id = (omadm_str)OMADM_STR("IMEI:1");
  t->config.session_id = (omadm_str)OMADM_STR("5A");
}

void talk_start(talk *t) {
  omadm_error error = {0};
  assert_int_equal(omadm_session_new(&t->config, &t->session, &error), OMADM_OK);
}

void talk_close(talk *t) {
  omadm_session_free(t->session);
  fake_tree_free(t->tree);
}

omadm_step talk_next(talk *t) {
  omadm_step step = omadm_session_next(t->session, t->now, &t->out);
  if (step == OMADM_SEND) {
    assert_true(t->out.body.len < sizeof t->sent);
    memcpy(t->sent, t->out.body.ptr, t->out.body.len);
    t->sent[t->out.body.len] = '\0';
  }
  return step;
}

void talk_feed(talk *t, const char *body) {
  assert_int_equal(omadm_session_begin(t->session, content_type, nothing), OMADM_OK);
  assert_int_equal(omadm_session_feed(t->session, body, strlen(body)), OMADM_OK);
  assert_int_equal(omadm_session_end(t->session), OMADM_OK);
}

void talk_server(talk *t, const char *msg_id, const char *body) {
  static char message[262144];
  int n = snprintf(
      message, sizeof message,
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5A</SessionID><MsgID>%s</MsgID><Target><LocURI>IMEI:1</LocURI></Target>"
      "<Source><LocURI>https://dm.example/</LocURI></Source></SyncHdr><SyncBody>%s</SyncBody></"
      "SyncML>",
      msg_id, body);
  assert_true(n > 0 && (size_t)n < sizeof message);
  if (talk_next(t) != OMADM_RECEIVE) fail_msg("the session does not receive: %s", talk_reason(t));
  talk_feed(t, message);
}

omadm_step talk_exchange(talk *t, const char *msg_id, const char *body) {
  talk_server(t, msg_id, body);
  return talk_next(t);
}

omadm_step talk_finish_late(talk *t) {
  omadm_step step = talk_next(t);
  while (step == OMADM_WAIT && fake_tree_complete(t->tree, t->session) == OMADM_OK)
    step = talk_next(t);
  return step;
}

void talk_package1(talk *t) {
  talk_start(t);
  assert_int_equal(talk_next(t), OMADM_SEND);
  assert_int_equal(talk_next(t), OMADM_RECEIVE);
}

omadm_outcome talk_outcome(const talk *t) {
  omadm_result result;
  omadm_session_outcome(t->session, &result);
  return result.outcome;
}

const char *talk_reason(talk *t) {
  static omadm_result result;
  omadm_session_outcome(t->session, &result);
  return result.reason;
}

void assert_sent(const talk *t, const char *text) {
  if (strstr(t->sent, text) == NULL) fail_msg("not in the message: %s\n%s", text, t->sent);
}

void assert_not_sent(const talk *t, const char *text) {
  if (strstr(t->sent, text) != NULL) fail_msg("in the message: %s\n%s", text, t->sent);
}

void assert_logged(const talk *t, const char *text) {
  if (strstr(t->host.lines, text) == NULL) fail_msg("not in the log: %s\n%s", text, t->host.lines);
}
