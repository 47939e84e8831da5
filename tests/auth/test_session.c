/* SPDX-License-Identifier: MIT */
/* What a transcript cannot show of authentication: the zero nonce, a host that fails, the log. */
#include "tests/session/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/str.h"

#define SERVER_SECRET "srv-Secret-1"
#define DEVICE_SECRET "OhBehave"

/* What the port of the test hands out, and what it was told. */
static struct {
  omadm_auth client, server;
  omadm_err credentials_fail, nonce_fail, random_fail;
  size_t n_kept;
  char kept[16][20]; /* side, length, octets */
} port;

static const omadm_str zero = {"\0\0\0\0", 4};

static omadm_err credentials(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                             omadm_credentials *out) {
  omadm_auth own = side == OMADM_AUTH_CLIENT ? port.client : port.server;
  (void)ctx;
  (void)server_id;
  if (port.credentials_fail != 0) return port.credentials_fail;
  if (own == OMADM_AUTH_NONE || (type != OMADM_AUTH_NONE && type != own)) return OMADM_E_NOT_FOUND;
  *out = (omadm_credentials){.type = own,
                             .name = OMADM_STR("Bruce2"),
                             .secret = OMADM_STR(DEVICE_SECRET),
                             .nonce = OMADM_STR("Nonce")};
  if (side == OMADM_AUTH_SERVER) {
    out->name = (omadm_str)OMADM_STR("srv");
    out->secret = (omadm_str)OMADM_STR(SERVER_SECRET);
    out->nonce = (omadm_str)OMADM_STR("server-nonce");
  }
  return OMADM_OK;
}

static omadm_err nonce(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                       omadm_str octets) {
  (void)ctx;
  (void)server_id;
  (void)type;
  if (port.nonce_fail != 0) return port.nonce_fail;
  assert_true(octets.len < 18 && port.n_kept < 16);
  char *kept = port.kept[port.n_kept++];
  kept[0] = (char)side;
  kept[1] = (char)octets.len;
  memcpy(kept + 2, octets.ptr, octets.len);
  return OMADM_OK;
}

static omadm_err no_random(void *ctx, void *out, size_t n) {
  (void)ctx;
  (void)out;
  (void)n;
  return OMADM_E_IO;
}

static void open_talk(talk *t, omadm_auth client, omadm_auth server) {
  talk_open(t, OMADM_DIALECT_OMA);
  memset(&port, 0, sizeof port);
  port.client = client;
  port.server = server;
  t->host.port.credentials = credentials;
  t->host.port.nonce = nonce;
}

/* A message of the server with a digest over that nonce. */
static void server_says(talk *t, const char *msg_id, omadm_str server_nonce, const char *body) {
  static const omadm_str type = OMADM_STR("application/vnd.syncml.dm+xml");
  char message[4096];
  char text[OMADM_DIGEST_TEXT];
  omadm_digest digest;
  assert_int_equal(omadm_digest_prove(omadm_str_of("srv"), omadm_str_of(SERVER_SECRET),
                                      server_nonce, NULL, &digest),
                   OMADM_OK);
  omadm_digest_text(&digest, text);
  int n = snprintf(
      message, sizeof message,
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5A</SessionID><MsgID>%s</MsgID><Target><LocURI>IMEI:1</LocURI></Target>"
      "<Source><LocURI>https://dm.example/</LocURI></Source><Cred><Meta>"
      "<Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type>"
      "</Meta><Data>%.24s</Data></Cred></SyncHdr><SyncBody>%s<Final/></SyncBody></SyncML>",
      msg_id, text, body);
  assert_true(n > 0 && (size_t)n < sizeof message);
  assert_int_equal(omadm_session_begin(t->session, type, (omadm_str){NULL, 0}), OMADM_OK);
  assert_int_equal(omadm_session_feed(t->session, message, (size_t)n), OMADM_OK);
  assert_int_equal(omadm_session_end(t->session), OMADM_OK);
}

#define ACCEPTED                                                                                   \
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"     \
  "<Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type>"   \
  "<NextNonce xmlns='syncml:metinf'>TmV3</NextNonce></Meta></Chal><Data>212</Data></Status>"

static void both_sides_use_the_zero_nonce_and_keep_the_new_ones(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_MD5, OMADM_AUTH_MD5);
  t.config.nonce_resync = 1;
  talk_package1(&t);
  assert_sent(&t, "<Data>cnPI6nO9RgujiHU0y58kNA==</Data></Cred>");
  server_says(&t, "1", zero, ACCEPTED GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>212</Data>");
  assert_sent(&t, "<NextNonce");
  assert_int_equal(port.n_kept, 2);
  assert_memory_equal(port.kept[0], "\0\3New", 5);
  assert_int_equal(port.kept[1][0], OMADM_AUTH_SERVER);
  assert_int_equal(port.kept[1][1], 16);
  talk_close(&t);
}

static void a_resynchronised_server_does_not_use_its_old_nonce(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_NONE, OMADM_AUTH_MD5);
  t.config.nonce_resync = 1;
  talk_package1(&t);
  server_says(&t, "1", omadm_str_of("server-nonce"), STATUS_OK_HEADER GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>401</Data>");
  assert_not_sent(&t, "<Results>");
  assert_int_equal(port.n_kept, 0);
  talk_close(&t);
}

static void the_zero_nonce_is_wrong_in_any_other_session(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_NONE, OMADM_AUTH_MD5);
  talk_package1(&t);
  server_says(&t, "1", zero, STATUS_OK_HEADER GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>401</Data>");
  talk_close(&t);
}

static void a_nonce_that_cannot_be_kept_is_not_told(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_NONE, OMADM_AUTH_MD5);
  talk_package1(&t);
  port.nonce_fail = OMADM_E_STORE;
  server_says(&t, "1", omadm_str_of("server-nonce"), STATUS_OK_HEADER GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  talk_close(&t);
}

static void without_random_octets_there_is_no_challenge(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_NONE, OMADM_AUTH_MD5);
  t.host.port.random = no_random;
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1", STATUS_OK_HEADER GET("4", "./DevInfo/DevId") FINAL),
                   OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  talk_close(&t);
}

static void credentials_that_cannot_be_read_begin_no_session(void **state) {
  talk t;
  omadm_error error = {0};
  (void)state;
  open_talk(&t, OMADM_AUTH_MD5, OMADM_AUTH_MD5);
  port.credentials_fail = OMADM_E_STORE;
  assert_int_equal(omadm_session_new(&t.config, &t.session, &error), OMADM_E_STORE);
  assert_non_null(strstr(error.text, "credentials"));
  assert_null(t.session);
  talk_close(&t);
}

static void a_lost_message_goes_again_with_the_same_credentials(void **state) {
  talk t;
  omadm_out again;
  (void)state;
  open_talk(&t, OMADM_AUTH_MAC, OMADM_AUTH_NONE);
  talk_start(&t);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_true(omadm_str_starts(t.out.hmac, "algorithm=MD5, username=\"Bruce2\", mac="));
  assert_int_equal(omadm_session_resend(t.session, &again), OMADM_OK);
  assert_true(omadm_str_equal(again.hmac, t.out.hmac));
  assert_true(omadm_str_equal(again.body, t.out.body));
  talk_close(&t);
}

static void a_farewell_carries_the_mac_too(void **state) {
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_MAC, OMADM_AUTH_NONE);
  talk_package1(&t);
  char first[256];
  snprintf(first, sizeof first, "%.*s", (int)t.out.hmac.len, t.out.hmac.ptr);
  omadm_session_abort(t.session);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>1223</Data>");
  assert_true(t.out.hmac.len > 0);
  assert_false(omadm_str_is(t.out.hmac, first));
  talk_close(&t);
}

/* At every level of the log. */
static void the_log_tells_no_secret(void **state) {
  static const char *const secrets[] = {DEVICE_SECRET, SERVER_SECRET, "Nonce", "server-nonce",
                                        "TmV3",        "Zz6EivR3",    "AAEC"};
  talk t;
  (void)state;
  open_talk(&t, OMADM_AUTH_MD5, OMADM_AUTH_MD5);
  talk_package1(&t);
  server_says(&t, "1", omadm_str_of("wrong"), ACCEPTED GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_int_equal(talk_next(&t), OMADM_RECEIVE);
  server_says(&t, "2", omadm_str_of("wrong"), GET("4", "./DevInfo/DevId"));
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_logged(&t, "did not prove itself");
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (strstr(t.host.lines, secrets[i]) != NULL)
      fail_msg("%s is in the log:\n%s", secrets[i], t.host.lines);
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_sides_use_the_zero_nonce_and_keep_the_new_ones),
      cmocka_unit_test(a_resynchronised_server_does_not_use_its_old_nonce),
      cmocka_unit_test(the_zero_nonce_is_wrong_in_any_other_session),
      cmocka_unit_test(a_nonce_that_cannot_be_kept_is_not_told),
      cmocka_unit_test(without_random_octets_there_is_no_challenge),
      cmocka_unit_test(credentials_that_cannot_be_read_begin_no_session),
      cmocka_unit_test(a_lost_message_goes_again_with_the_same_credentials),
      cmocka_unit_test(a_farewell_carries_the_mac_too),
      cmocka_unit_test(the_log_tells_no_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
