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

#define HEALTH "./Vendor/MSFT/HealthAttestation/"
#define GET(id, uri)                                                                               \
  "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define COMMANDS                                                                                   \
  "<commands xmlns='SYNCML:SYNCML1.2' xmlns:omadm='urn:omadm:commands:1'><session>"                \
  "<package>" GET(                                                                                 \
      "5", "./S") "</package>"                                                                     \
                  "<omadm:await type='urn:test:done' uri='./S' ready='3' running='0 1'/>"          \
                  "<package><Replace><CmdID>6</CmdID><Item><Target><LocURI>./N</LocURI></Target>"  \
                  "<Data>{{nonce}} {{dha}}</Data></Item></Replace></package>"                      \
                  "<omadm:validate nonce='{{nonce}}' expect='healthy'/></session>"                 \
                  "<session><package>" GET("7", "./T") "</package></session></commands>"

#define MESSAGE(session, id, body)                                                                 \
  "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"      \
  "<SessionID>" session "</SessionID><MsgID>" id                                                   \
  "</MsgID><Target><LocURI>http://s/</LocURI></Target><Source><LocURI>d</LocURI></Source>"         \
  "</SyncHdr><SyncBody>" body "<Final/></SyncBody></SyncML>"
#define INFO(name) "<Item><Source><LocURI>./DevInfo/" name "</LocURI></Source><Data>d</Data></Item>"
#define FIRST(session, alerts)                                                                     \
  MESSAGE(session, "1",                                                                            \
          "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>" alerts                                \
          "<Replace><CmdID>2</CmdID>" INFO("DevId") INFO("Man") INFO("Mod") INFO("DmV")            \
              INFO("Lang") "</Replace>")
#define DONE(data)                                                                                 \
  "<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Source><LocURI>./V</LocURI></Source><Meta>"      \
  "<Type xmlns='syncml:metinf'>urn:test:done</Type><Format xmlns='syncml:metinf'>int</Format>"     \
  "</Meta><Data>" data "</Data></Item></Alert>"
#define STATUS(id, message, ref, command)                                                          \
  "<Status><CmdID>" id "</CmdID><MsgRef>" message "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>" command \
  "</Cmd><Data>200</Data></Status>"
#define SAYS(session, value)                                                                       \
  MESSAGE(session, "2",                                                                            \
          STATUS("1", "1", "0", "SyncHdr")                                                         \
              STATUS("2", "1", "5", "Get") "<Results><CmdID>3</CmdID><MsgRef>1</"                  \
                                           "MsgRef><CmdRef>5</CmdRef><Item><Source><LocURI>./S"    \
                                           "</LocURI></Source><Data>" value                        \
                                           "</Data></Item></Results>")

typedef struct setting {
  bindings values;
  xmlDoc *commands;
  omadm_grammar *grammar;
  table *claims;
  dialogue d;
  char *text;
  size_t len;
  FILE *out;
} setting;

static omadm_err read_commands(const char *source, const bindings *values, xmlDoc **doc) {
  char path[] = "/tmp/omadm-commands-XXXXXX";
  omadm_error error = {0};
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, source, strlen(source)), (ssize_t)strlen(source));
  close(file);
  omadm_err err = commands_read(path, values, doc, &error);
  assert_true(err == OMADM_OK || error.text[0] != 0);
  unlink(path);
  return err;
}

static void bind_both(bindings *values) {
  assert_true(bindings_match(values, omadm_str_of("{{nonce}}"), omadm_str_of("0011223344556677")));
  assert_true(bindings_match(values, omadm_str_of("{{dha}}"), omadm_str_of("a<b")));
}

static void begin(setting *s) {
  *s = (setting){.commands = NULL};
  bind_both(&s->values);
  assert_int_equal(read_commands(COMMANDS, &s->values, &s->commands), OMADM_OK);
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
  bindings_dispose(&s->values);
}

static bool said(setting *s, const char *text) {
  fflush(s->out);
  return memmem(s->text, s->len, text, strlen(text)) != NULL;
}

static bool answered(const setting *s, const char *text) {
  return memmem(s->d.answer.ptr, s->d.answer.len, text, strlen(text)) != NULL;
}

static void receive(setting *s, const char *message) {
  assert_int_equal(dialogue_receive(&s->d, omadm_str_of(message)), 200);
}

static void what_is_ready_at_once_is_not_waited_for(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, FIRST("1", ""));
  receive(&s, SAYS("1", "3"));
  assert_true(answered(&s, "<Data>0011223344556677 a&lt;b</Data>"));
  assert_int_equal(s.d.complaints, 0);
  end(&s);
}

static void what_still_runs_ends_the_session_until_the_alert_comes(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, FIRST("1", DONE("3"))); /* an old one does not count */
  receive(&s, SAYS("1", "1"));
  assert_int_equal(s.d.ended, 1);
  assert_true(said(&s, "./S is 1: the server waits for the alert\n"));
  receive(&s, FIRST("2", ""));
  assert_int_equal(s.d.ended, 2);
  assert_false(answered(&s, "<Replace>"));
  receive(&s, FIRST("3", DONE("3")));
  assert_true(answered(&s, "<Replace><CmdID>6</CmdID>"));
  assert_int_equal(s.d.complaints, 0);
  receive(&s, MESSAGE("3", "2", STATUS("1", "1", "0", "SyncHdr") STATUS("2", "1", "6", "Replace")));
  receive(&s, FIRST("4", ""));
  assert_true(answered(&s, "<LocURI>./T</LocURI>"));
  end(&s);
}

static void what_failed_ends_it_all(void **state) {
  (void)state;
  static const char *const failures[] = {SAYS("1", "26"), SAYS("1", "")};
  for (size_t i = 0; i < 2; i++) {
    setting s;
    begin(&s);
    receive(&s, FIRST("1", ""));
    receive(&s, failures[i]);
    assert_int_equal(s.d.ended, 1);
    assert_int_equal(s.d.complaints, 1);
    assert_true(said(&s, i == 0 ? "! ./S: expected 3, found 26\n" : "! ./S: expected 3, found \n"));
    assert_int_equal(table_write(s.claims, s.out), 2); /* the report has not been asked for */
    assert_true(said(&s, i == 0 ? "awaited: ./S               3         26       NO\n"
                                : "awaited: ./S               3         (empty)  NO\n"));
    end(&s);
  }
  setting s;
  begin(&s);
  receive(&s, FIRST("1", ""));
  receive(&s, SAYS("1", "1"));
  receive(&s, FIRST("2", DONE("404")));
  assert_true(said(&s, "! urn:test:done: expected 3, found 404\n"));
  assert_false(answered(&s, "<Replace>"));
  end(&s);
}

static void what_was_never_read_is_not_awaited(void **state) {
  (void)state;
  setting s;
  begin(&s);
  xmlNode *await = commands_next(commands_begin(s.commands, 0));
  xmlSetProp(await, (const xmlChar *)"uri", (const xmlChar *)"./U");
  receive(&s, FIRST("1", ""));
  receive(&s, SAYS("1", "3"));
  assert_true(said(&s, "! ./U was never read: put a Get of it before await\n"));
  table_write(s.claims, s.out);
  assert_true(said(&s, "awaited: ./S               3         nothing  NO\n"));
  end(&s);
}

static void without_a_service_nothing_is_healthy(void **state) {
  (void)state;
  setting s;
  begin(&s);
  receive(&s, FIRST("1", ""));
  receive(&s, SAYS("1", "3"));
  receive(&s, MESSAGE("1", "3", STATUS("1", "2", "0", "SyncHdr") STATUS("2", "2", "6", "Replace")));
  assert_true(said(&s, "refused: no --dha was given: give --dha HOST:PORT\n"));
  assert_int_equal(table_write(s.claims, s.out), 1);
  assert_true(said(&s, "Device Health Attestation  healthy   refused  NO\n"));
  end(&s);
}

static void with_a_service_the_device_has_to_give_something(void **state) {
  (void)state;
  setting s;
  const steps_services services = {.dha = "127.0.0.1:1", .azure = "https://127.0.0.1:1/attest"};
  begin(&s);
  s.d.services = &services;
  receive(&s, FIRST("1", ""));
  receive(&s, SAYS("1", "3"));
  receive(&s, MESSAGE("1", "3", STATUS("1", "2", "0", "SyncHdr") STATUS("2", "2", "6", "Replace")));
  assert_true(said(&s, "refused: the device gave no " HEALTH "Certificate\n"));
  end(&s);
}

static void a_wrong_step_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "<commands><await type='t' uri='u' ready='3'/></commands>",
      "<commands><validate/></commands>",
      "<commands><token nonce='1' nonec='2'/></commands>",
      "<commands><package><Get><Item><Data>{{unknown}}</Data></Item></Get></package></commands>",
      "<commands><validate nonce='{{unknown}}'/></commands>",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    bindings values = {0};
    xmlDoc *doc = NULL;
    assert_int_equal(read_commands(wrong[i], &values, &doc), OMADM_E_SYNTAX);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_ready_at_once_is_not_waited_for),
      cmocka_unit_test(what_still_runs_ends_the_session_until_the_alert_comes),
      cmocka_unit_test(what_failed_ends_it_all),
      cmocka_unit_test(what_was_never_read_is_not_awaited),
      cmocka_unit_test(without_a_service_nothing_is_healthy),
      cmocka_unit_test(with_a_service_the_device_has_to_give_something),
      cmocka_unit_test(a_wrong_step_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
