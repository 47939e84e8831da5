/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "conformance/server/commands.h"
#include "conformance/server/dialogue.h"

#define MESSAGE(id, body)                                                                          \
  "<SyncML "                                                                                       \
  "xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</"                       \
  "VerProto><SessionID>1F</SessionID><MsgID>" id                                                   \
  "</MsgID><Target><LocURI>http://s/</LocURI></Target><Source><LocURI>d</LocURI></Source></"       \
  "SyncHdr><SyncBody>" body "</SyncBody></SyncML>"
#define FINAL "<Final/>"
#define INFO(name) "<Item><Source><LocURI>./DevInfo/" name "</LocURI></Source><Data>d</Data></Item>"
#define PACKAGE_1                                                                                  \
  MESSAGE("1", "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>" INFO(   \
                   "DevId") INFO("Man") INFO("Mod") INFO("DmV") INFO("Lang") "</Replace>" FINAL)
#define STATUS(id, message, ref, command, code)                                                    \
  "<Status><CmdID>" id "</CmdID><MsgRef>" message "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>" command \
  "</Cmd><Data>" code "</Data></Status>"
#define COMMANDS                                                                                   \
  "<commands xmlns='SYNCML:SYNCML1.2' xmlns:omadm='urn:omadm:commands:1'><package><Get "           \
  "omadm:expect-status='200' "                                                                     \
  "omadm:expect-value='v'><CmdID>7</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></"    \
  "Get></package></commands>"

typedef struct setting {
  xmlDoc *commands;
  omadm_grammar *grammar;
  table *claims;
  dialogue d;
  char *text;
  size_t len;
  FILE *out;
} setting;

static xmlDoc *read_commands(const char *source, omadm_err expected) {
  char path[] = "/tmp/omadm-commands-XXXXXX";
  xmlDoc *doc = NULL;
  omadm_error error = {0};
  bindings values = {0};
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, source, strlen(source)), (ssize_t)strlen(source));
  close(file);
  assert_int_equal(commands_read(path, &values, &doc, &error), expected);
  assert_true(expected == OMADM_OK || error.text[0] != 0);
  unlink(path);
  return doc;
}

static void begin(setting *s) {
  *s = (setting){.commands = read_commands(COMMANDS, OMADM_OK)};
  s->out = open_memstream(&s->text, &s->len);
  assert_int_equal(omadm_grammar_new(&s->grammar, NULL), OMADM_OK);
  assert_int_equal(table_new(s->commands, &s->claims), OMADM_OK);
  dialogue_init(&s->d, s->commands, s->grammar, s->claims, s->out);
}

static void end(setting *s) {
  dialogue_dispose(&s->d);
  table_free(s->claims);
  omadm_grammar_free(s->grammar);
  xmlFreeDoc(s->commands);
  fclose(s->out);
  free(s->text);
}

/* What was printed so far, and the last answer. */
static bool said(setting *s, const char *text) {
  fflush(s->out);
  return memmem(s->text, s->len, text, strlen(text)) != NULL;
}

static bool answered(const setting *s, const char *text) {
  return memmem(s->d.answer.ptr, s->d.answer.len, text, strlen(text)) != NULL;
}

static unsigned receive(setting *s, const char *message) {
  return dialogue_receive(&s->d, omadm_str_of(message));
}

static void a_good_session_has_nothing_to_complain_about(void **state) {
  (void)state;
  setting s;
  begin(&s);
  assert_int_equal(receive(&s, PACKAGE_1), 200);
  assert_true(answered(
      &s, "<Get><CmdID>7</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get><Final/>"));
  assert_int_equal(
      receive(
          &s,
          MESSAGE("2",
                  STATUS("1", "1", "0", "SyncHdr", "200") STATUS(
                      "2", "1", "7", "Get",
                      "200") "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>7</"
                             "CmdRef><Item><Source>"
                             "<LocURI>./A</LocURI></Source><Data>v</Data></Item></Results>" FINAL)),
      200);
  assert_false(answered(&s, "<Get>"));
  assert_int_equal(s.d.ended, 1);
  assert_true(said(&s, "→ Get ./A\n← 200 \"v\"\nsession 1 is over\n"));
  assert_int_equal(s.d.complaints, 0);
  assert_int_equal(table_write(s.claims, s.out), 0);
  end(&s);
}

static void a_missing_status_is_noticed(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  assert_int_equal(receive(&s, MESSAGE("2", STATUS("1", "1", "0", "SyncHdr", "200") FINAL)), 200);
  assert_true(said(&s, "! no Status for the Get with CmdID 7\n"));
  assert_int_equal(s.d.complaints, 1);
  assert_int_equal(table_write(s.claims, s.out), 2);
  end(&s);
}

static void missing_results_are_noticed(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  receive(&s, MESSAGE("2", STATUS("1", "1", "0", "SyncHdr", "200")
                               STATUS("2", "1", "7", "Get", "200") FINAL));
  assert_true(said(&s, "! the Get of ./A has a Status 200 but no Results\n"));
  end(&s);
}

static void a_message_without_final_is_asked_on(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  receive(&s, MESSAGE("2",
                      STATUS("1", "1", "0", "SyncHdr", "200") STATUS("2", "1", "7", "Get", "200")));
  assert_true(answered(&s, "<Data>1222</Data></Alert></SyncBody>"));
  assert_int_equal(s.d.ended, 0);
  receive(&s, MESSAGE("3", STATUS("1", "2", "0", "SyncHdr", "200") STATUS(
                               "2", "2", "2", "Alert",
                               "200") "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>7</"
                                      "CmdRef><Item><Source><LocURI>./A</LocURI>"
                                      "</Source><Data>v</Data></Item></Results>" FINAL));
  assert_int_equal(s.d.ended, 1);
  assert_int_equal(s.d.complaints, 0);
  end(&s);
}

static void a_repeated_message_gets_the_same_answer(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  size_t len = s.d.answer.len;
  assert_int_equal(receive(&s, PACKAGE_1), 200);
  assert_int_equal(s.d.answer.len, len);
  assert_int_equal(s.d.server_message, 1);
  assert_int_equal(s.d.complaints, 0);
  end(&s);
}

static void rubbish_gets_a_line_and_ends_the_session(void **state) {
  (void)state;
  static const char *const rubbish[] = {
      "",
      "\x03\x00\x6a",
      "<SyncML>",
      "<SyncML/>",
      "<a><SyncHdr/><SyncBody/></a>",
      "<!DOCTYPE a [<!ENTITY b 'c'>]><SyncML>&b;</SyncML>",
      "<SyncML><SyncHdr><MsgID>1</MsgID><SessionID>1</SessionID></SyncHdr><SyncBody/></SyncML>",
  };
  for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
    setting s;
    begin(&s);
    assert_int_equal(receive(&s, rubbish[i]), 400);
    assert_true(said(&s, "! "));
    assert_int_equal(s.d.ended, 1);
    assert_true(s.d.complaints > 0);
    end(&s);
  }
}

static void odd_messages_are_answered_and_complained_about(void **state) {
  (void)state;
  setting s;
  begin(&s);
  assert_int_equal(
      receive(&s, MESSAGE("2", "<Set/><Status/><Results/><Alert/><Atomic><Alert/></Atomic>" FINAL)),
      200);
  assert_true(said(&s, "! MsgID: expected 1, found 2\n"));
  assert_true(said(&s, "breaks the grammar"));
  assert_true(said(&s, "! the first message has neither Alert 1200 nor 1201\n"));
  assert_int_equal(receive(&s, MESSAGE("3", STATUS("1", "1", "0", "SyncHdr", "505") FINAL)), 200);
  assert_true(said(&s, "! the device answered our header with 505\n"));
  end(&s);
}

static void what_the_device_says_cannot_reach_the_terminal(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  receive(&s, MESSAGE("2", STATUS("1", "1", "0", "SyncHdr", "200") STATUS(
                               "2", "1", "7", "Get",
                               "200") "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>7</"
                                      "CmdRef><Item><Source><LocURI>./A</LocURI>"
                                      "</Source><Data>a\n\xc2\x9b"
                                      "b</Data></Item></Results>" FINAL));
  assert_true(said(&s, "← 200 \"a\\n\\xc2\\x9bb\"\n"));
  end(&s);
}

static void an_abort_ends_the_session(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, PACKAGE_1);
  assert_int_equal(
      receive(&s, MESSAGE("2", "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>" FINAL)), 200);
  assert_true(said(&s, "! the device aborted the session\n"));
  assert_int_equal(s.d.ended, 1);
  end(&s);
}

#define CHALLENGE                                                                                  \
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"     \
  "<Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type>"   \
  "<NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta></Chal><Data>407</Data></Status>"

static void a_challenge_is_answered_once_with_the_package_again(void **state) {
  setting s;
  auth credentials;
  (void)state;
  begin(&s);
  auth_init(&credentials);
  credentials.server.type = "md5";
  credentials.server.user = "srv";
  credentials.server.secret = "pw";
  s.d.auth = &credentials;
  assert_int_equal(receive(&s, PACKAGE_1), 200);
  assert_false(answered(&s, "<Cred>"));
  assert_true(answered(&s, "<CmdID>7</CmdID>"));
  assert_int_equal(receive(&s, MESSAGE("2", CHALLENGE STATUS("2", "1", "7", "Get", "407") FINAL)),
                   200);
  assert_true(said(&s, "the device asks for the server's credentials (407)"));
  assert_int_equal(s.d.complaints, 0);
  assert_true(answered(&s, "<MsgID>2</MsgID>"));
  assert_true(answered(&s, "<Cred>"));
  assert_true(answered(&s, "<CmdID>7</CmdID>"));
  assert_int_equal(receive(&s, MESSAGE("3", CHALLENGE STATUS("2", "2", "7", "Get", "407") FINAL)),
                   200);
  assert_true(said(&s, "! the device answered our header with 407"));
  auth_dispose(&credentials);
  end(&s);
}

static omadm_err unmarked(omadm_str in, omadm_buf *out, omadm_error *error) {
  (void)error;
  return omadm_buf_add(out, in.ptr + 1, in.len - 1);
}

static omadm_err marked(omadm_str in, omadm_buf *out, omadm_error *error) {
  (void)error;
  omadm_err err = omadm_buf_add_text(out, "\3");
  return err == OMADM_OK ? omadm_buf_add_str(out, in) : err;
}

static void wbxml_is_answered_in_wbxml(void **state) {
  static const omadm_player_codec codec = {marked, unmarked};
  setting s;
  (void)state;
  begin(&s);
  s.d.codec = &codec;
  s.d.wbxml = true;
  assert_int_equal(receive(&s, "\3" PACKAGE_1), 200);
  assert_int_equal(s.d.answer.ptr[0], 3);
  assert_true(answered(&s, "<CmdID>7</CmdID>"));
  assert_int_equal(receive(&s, MESSAGE("2", FINAL)), 400);
  s.d.codec = NULL;
  assert_int_equal(receive(&s, "\3" MESSAGE("3", FINAL)), 400);
  end(&s);
}

static void a_wrong_command_file_is_refused(void **state) {
  (void)state;
  read_commands("<commands>", OMADM_E_SYNTAX);
  read_commands("<other/>", OMADM_E_SYNTAX);
  read_commands("<commands><pakcage/></commands>", OMADM_E_SYNTAX);
  read_commands("<commands><expect-alert/></commands>", OMADM_E_SYNTAX);
  read_commands(
      "<commands xmlns:o='urn:omadm:commands:1'><package><Get o:expect='1'/></package></commands>",
      OMADM_E_SYNTAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_session_has_nothing_to_complain_about),
      cmocka_unit_test(a_missing_status_is_noticed),
      cmocka_unit_test(missing_results_are_noticed),
      cmocka_unit_test(a_message_without_final_is_asked_on),
      cmocka_unit_test(a_repeated_message_gets_the_same_answer),
      cmocka_unit_test(rubbish_gets_a_line_and_ends_the_session),
      cmocka_unit_test(odd_messages_are_answered_and_complained_about),
      cmocka_unit_test(what_the_device_says_cannot_reach_the_terminal),
      cmocka_unit_test(an_abort_ends_the_session),
      cmocka_unit_test(a_challenge_is_answered_once_with_the_package_again),
      cmocka_unit_test(wbxml_is_answered_in_wbxml),
      cmocka_unit_test(a_wrong_command_file_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
