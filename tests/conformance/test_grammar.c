/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/str.h"
#include "conformance/player/grammar.h"
#include "conformance/player/message.h"

#define STATUS(cmd_ref, cmd, chal)                                                                 \
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>" cmd_ref "</CmdRef><Cmd>" cmd "</Cmd>" chal  \
  "<Data>200</Data></Status>"
#define HEADER STATUS("0", "SyncHdr", "")
#define ALERT(code) "<Alert><CmdID>2</CmdID><Data>" code "</Data></Alert>"
#define EVENT(type)                                                                                \
  "<Alert><CmdID>2</CmdID><Data>1224</Data><Item><Meta><Type xmlns='syncml:metinf'>" type          \
  "</Type></Meta><Data>1</Data></Item></Alert>"
#define PENDING EVENT("Reversed-Domain-Name:com.microsoft.mdm.requestpending")
#define RESULTS(more)                                                                              \
  "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Item><Source><LocURI>./A"         \
  "</LocURI></Source><Data>x</Data>" more "</Item></Results>"
#define META(format, type, rest)                                                                   \
  "<Meta>" format "<Type xmlns='syncml:metinf'>syncml:auth-" type "</Type>" rest "</Meta>"
#define B64 "<Format xmlns='syncml:metinf'>b64</Format>"
#define NONCE "<NextNonce xmlns='syncml:metinf'>AAAA</NextNonce>"
#define CRED(format, type) "<Cred>" META(format, type, "") "<Data>AAAA</Data></Cred>"
#define CHAL(format, type, rest) STATUS("0", "SyncHdr", "<Chal>" META(format, type, rest) "</Chal>")
#define FINAL "<Final/>"

typedef struct message {
  const char *credentials;
  const char *body;
} message;

static omadm_err check(const message *m) {
  char text[3000];
  xmlDoc *doc = NULL;
  omadm_grammar *grammar = NULL;
  snprintf(text, sizeof text,
           "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2"
           "</VerProto><SessionID>7</SessionID><MsgID>2</MsgID><Target><LocURI>http://s/</LocURI>"
           "</Target><Source><LocURI>d</LocURI></Source>%s</SyncHdr><SyncBody>%s</SyncBody>"
           "</SyncML>",
           m->credentials, m->body);
  assert_int_equal(omadm_message_parse(omadm_str_of(text), &doc, NULL), OMADM_OK);
  assert_int_equal(omadm_grammar_new(&grammar, NULL), OMADM_OK);
  omadm_err err = omadm_grammar_check(grammar, doc, NULL);
  omadm_grammar_free(grammar);
  xmlFreeDoc(doc);
  return err;
}

static void what_a_client_may_send_is_allowed(void **state) {
  (void)state;
  static const message messages[] = {
      {"", HEADER FINAL},
      {"", HEADER ALERT("1223") FINAL},
      {"", ALERT("1223") FINAL},
      {"", HEADER ALERT("1222")},
      {"", HEADER RESULTS("") FINAL},
      {"", HEADER RESULTS("") RESULTS("<MoreData/>")},
      {"", HEADER RESULTS("<MoreData/>") ALERT("1222")},
      {"", HEADER EVENT("a:b") FINAL},
      {"", PENDING},
      {CRED("", "basic"), HEADER FINAL},
      {CRED(B64, "md5"), HEADER FINAL},
      {"", CHAL(B64, "basic", "") FINAL},
      {"", CHAL(B64, "md5", NONCE) FINAL},
      {"", CHAL(B64, "MAC", NONCE) FINAL},
  };
  for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
    if (check(&messages[i]) != OMADM_OK) fail_msg("refused: %s", messages[i].body);
  }
}

static void what_a_client_may_not_send_is_refused(void **state) {
  (void)state;
  static const message messages[] = {
      {"", HEADER ALERT("1223")},
      {"", ALERT("1223")},
      {"", HEADER ALERT("1222") FINAL},
      {"", ALERT("1222") FINAL},
      {"", HEADER RESULTS("<MoreData/>") FINAL},
      {"", HEADER RESULTS("<MoreData/>") RESULTS("")},
      {"", PENDING FINAL},
      {"", PENDING PENDING},
      {"", EVENT("a:b")},
      {"", EVENT("a:b") FINAL},
      {CRED(B64, "MAC"), HEADER FINAL},
      {CRED("", "md5"), HEADER FINAL},
      {"", CHAL("", "md5", NONCE) FINAL},
      {"", CHAL(B64, "md5", "") FINAL},
  };
  for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
    if (check(&messages[i]) != OMADM_E_SYNTAX) fail_msg("allowed: %s", messages[i].body);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_client_may_send_is_allowed),
      cmocka_unit_test(what_a_client_may_not_send_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
