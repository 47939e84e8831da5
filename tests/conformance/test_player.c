/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/player.h"
#include "conformance/player/report.h"
#include "conformance/player/suite.h"

#define HEADER(id)                                                                                 \
  "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>" id                         \
  "</SessionID><MsgID>1</MsgID>"                                                                   \
  "<Target><LocURI>http://s/</LocURI></Target><Source><LocURI>d</LocURI></Source></SyncHdr>"
#define ALERT(code) "<Alert><CmdID>1</CmdID><Data>" code "</Data></Alert>"
#define MESSAGE(id, body)                                                                          \
  "<SyncML xmlns='SYNCML:SYNCML1.2'>" HEADER(id) "<SyncBody>" body "<Final/></SyncBody></SyncML>"
#define TRANSCRIPT(attributes, content)                                                            \
  "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'" attributes ">" content             \
  "</transcript>"

/* A client that sends one message a session and keeps what it is answered. */
typedef struct fake {
  const char *message;
  omadm_player_outcome outcome;
  bool answered;
  char answer[400];
  unsigned status;
} fake;

static omadm_err begin(void *self, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, omadm_error *error) {
  (void)self;
  (void)setup;
  (void)mode;
  (void)error;
  return OMADM_OK;
}

static omadm_err next_request(void *user, omadm_player_outcome *outcome,
                              omadm_player_request *request, omadm_error *error) {
  fake *self = user;
  (void)error;
  *outcome = self->answered ? self->outcome : OMADM_PLAYED_REQUEST;
  request->url = omadm_str_of("http://s/");
  request->body = omadm_str_of(self->message);
  return OMADM_OK;
}

static omadm_err respond(void *user, const omadm_player_response *response, omadm_error *error) {
  fake *self = user;
  (void)error;
  self->answered = true;
  self->status = response->status;
  assert_true(response->body.len < sizeof self->answer);
  if (response->body.len > 0) memcpy(self->answer, response->body.ptr, response->body.len);
  return OMADM_OK;
}

static omadm_err read_node(void *user, omadm_str uri, omadm_player_node *out, omadm_error *error) {
  (void)user;
  (void)error;
  out->absent = omadm_str_is(uri, "./Gone");
  out->value = omadm_str_of("v");
  return OMADM_OK;
}

static void play_with(fake *self, const char *source, const omadm_player_options *options,
                      omadm_player_result *result) {
  const omadm_player_client client = {
      .struct_size = sizeof client,
      .name = "fake",
      .self = self,
      .begin = begin,
      .next_request = next_request,
      .respond = respond,
      .read_node = read_node,
  };
  omadm_transcript *t = NULL;
  omadm_error error = {0};
  if (omadm_transcript_parse(omadm_str_of(source), "t.xml", &t, &error) != OMADM_OK)
    fail_msg("%s", error.text);
  assert_int_equal(omadm_player_play(t, &client, options, result, &error), OMADM_OK);
  omadm_transcript_free(t);
}

static void play_it(fake *self, const char *source, omadm_player_result *result) {
  play_with(self, source, NULL, result);
}

static void expect(const char *source, const char *message, omadm_player_verdict verdict,
                   const char *reason, const char *notes) {
  fake self = {.message = message, .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_it(&self, source, &result);
  if (!omadm_str_is(omadm_buf_str(&result.reason), reason)) {
    fail_msg("expected \"%s\", found \"%.*s\"", reason, (int)result.reason.len, result.reason.ptr);
  }
  assert_int_equal(result.verdict, verdict);
  assert_true(omadm_str_is(omadm_buf_str(&result.notes), notes));
  omadm_player_result_dispose(&result);
}

static void a_client_that_does_as_written_passes(void **state) {
  (void)state;
  expect(TRANSCRIPT(
             "",
             "<client>" MESSAGE(
                 "{{s}}",
                 ALERT("1223")) "</client><server><a>{{s}}</a></server><end result='done'/>"
                                "<after><node uri='./A'>v</node><absent uri='./Gone'/></after>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_PASSED, "", "");
}

static void what_was_seen_is_put_into_the_answer(void **state) {
  (void)state;
  fake self = {.message = MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_it(&self,
          TRANSCRIPT(
              "", "<client>" MESSAGE(
                      "{{s}}", "<any/>") "</client><server status='299'> <a>{{s}}</a > </server>"),
          &result);
  assert_int_equal(result.verdict, OMADM_VERDICT_PASSED);
  assert_string_equal(self.answer, "<a>7</a >");
  assert_int_equal(self.status, 299);
  omadm_player_result_dispose(&result);
}

static void a_difference_is_named(void **state) {
  (void)state;
  expect(TRANSCRIPT("", "\n<client>" MESSAGE("*", ALERT("1200")) "</client><server status='503'/>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_FAILED,
         "t.xml:2: SyncBody/Alert/Data: expected \"1200\", found \"1223\"", "");
  expect(TRANSCRIPT("", "<client url='http://t/'><any/></client><server status='503'/>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_FAILED,
         "t.xml:1: url: expected \"http://t/\", found \"http://s/\"", "");
  expect(TRANSCRIPT("", "<client><any/></client><server status='503'/><end result='aborted'/>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_FAILED,
         "t.xml:1: the session's outcome: expected aborted, found done", "");
  expect(
      TRANSCRIPT(
          "",
          "<client><any/></client><server status='503'/><after><node uri='./A'>w</node></after>"),
      MESSAGE("7", ALERT("1223")), OMADM_VERDICT_FAILED,
      "t.xml:1: the value of ./A: expected \"w\", found \"v\"", "");
  expect(TRANSCRIPT("", "<client><any/></client><server>{{never}}</server>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_FAILED,
         "t.xml:1: <server>: {{never}} has not been seen in a message of the client's yet", "");
}

static void rubbish_from_the_client_fails_with_a_sentence(void **state) {
  (void)state;
  expect(TRANSCRIPT("", "<client><any/></client><server status='503'/>"), "<SyncML>",
         OMADM_VERDICT_FAILED,
         "t.xml:1: the client's message: not well-formed, line 1: Premature end of data in tag "
         "SyncML line 1",
         "");
  expect(TRANSCRIPT("", "<client><any/></client><server status='503'/>"), "", OMADM_VERDICT_FAILED,
         "t.xml:1: the client's message: the message is empty", "");
}

static void a_message_against_the_grammar_fails(void **state) {
  (void)state;
  fake self = {.message = MESSAGE("7", "<Alert><Data>1223</Data><CmdID>1</CmdID></Alert>"),
               .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_it(&self, TRANSCRIPT("", "<client><any/></client><server status='503'/>"), &result);
  assert_int_equal(result.verdict, OMADM_VERDICT_FAILED);
  assert_non_null(memmem(result.reason.ptr, result.reason.len, "breaks the grammar", 18));
  omadm_player_result_dispose(&result);
}

static void two_commands_with_one_cmdid_fail(void **state) {
  (void)state;
#define STATUS(cmd_ref, cmd)                                                                       \
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>" cmd_ref "</CmdRef><Cmd>" cmd                \
  "</Cmd><Data>200</Data></Status>"
  expect(TRANSCRIPT("", "<client><any/></client><server status='503'/>"),
         MESSAGE("7", STATUS("0", "SyncHdr") STATUS("2", "Get")), OMADM_VERDICT_FAILED,
         "t.xml:1: the message: two commands have the CmdID 1", "");
#undef STATUS
}

/* In this codec a message in WBXML is its version, and its XML. */
static omadm_err encode(omadm_str xml, omadm_buf *out, omadm_error *error) {
  (void)error;
  omadm_err err = omadm_buf_add(out, "\x03", 1);
  return err == OMADM_OK ? omadm_buf_add_str(out, xml) : err;
}

static omadm_err decode(omadm_str wbxml, omadm_buf *out, omadm_error *error) {
  (void)error;
  return omadm_buf_add(out, wbxml.ptr + 1, wbxml.len - 1);
}

/* The conversation in WBXML, with that message of the client's; how it ended is the reason. */
static void play_in_wbxml(fake *self, const char *source, omadm_player_result *result) {
  static const omadm_player_codec codec = {encode, decode};
  const omadm_player_options options = {
      .struct_size = sizeof options,
      .mode = {.struct_size = sizeof options.mode, .wbxml = true, .codec = &codec}};
  play_with(self, source, &options, result);
}

static void in_wbxml_both_sides_speak_wbxml(void **state) {
  (void)state;
  static const char source[] =
      TRANSCRIPT("", "<client>" MESSAGE("{{s}}", ALERT("1223")) "</client>"
                                                                "<server><a>{{s}}</a></server>");
  fake self = {.message = "\x03" MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_in_wbxml(&self, source, &result);
  assert_int_equal(result.verdict, OMADM_VERDICT_PASSED);
  assert_string_equal(self.answer, "\x03<a>7</a>");
  omadm_player_result_dispose(&result);
}

static void xml_where_wbxml_is_expected_fails(void **state) {
  (void)state;
  fake self = {.message = MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_in_wbxml(&self, TRANSCRIPT("", "<client><any/></client><server status='503'/>"), &result);
  assert_int_equal(result.verdict, OMADM_VERDICT_FAILED);
  assert_true(omadm_str_is(omadm_buf_str(&result.reason),
                           "t.xml:1: the client's message: WBXML is expected, XML found"));
  omadm_player_result_dispose(&result);
}

static void octets_in_xml_are_answered_in_xml(void **state) {
  (void)state;
  fake self = {.message = "\x03" MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE};
  omadm_player_result result;
  play_in_wbxml(&self,
                TRANSCRIPT("", "<client><any/></client><server raw='base64'>PGEvPg==</server>"
                               "<end result='done'/>"),
                &result);
  assert_int_equal(result.verdict, OMADM_VERDICT_PASSED);
  assert_string_equal(self.answer, "<a/>");
  omadm_player_result_dispose(&result);
}

static void what_only_the_inside_can_do_is_skipped_or_not_checked(void **state) {
  (void)state;
  expect(TRANSCRIPT("", "<wait seconds='3'/><client><any/></client><server status='503'/>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_SKIPPED, "t.xml:1: the clock: not supported",
         "");
  expect(TRANSCRIPT("", "<client><any/></client><server status='503'/><after><node uri='./A' "
                        "acl='Get=*'/><outbox count='0'/></after>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_PASSED, "",
         "not checked: the ACL of ./A\nnot checked: the outbox\n");
  expect(TRANSCRIPT(" encodings='wbxml'", "<client><any/></client><server status='503'/>"),
         MESSAGE("7", ALERT("1223")), OMADM_VERDICT_OTHER_ENCODING,
         "t.xml:1: it makes sense in wbxml only", "");
}

static char *report_as(omadm_report_format format) {
  static const char *const sources[] = {
      TRANSCRIPT("", "<client><any/></client><server status='503'/>"),
      TRANSCRIPT("", "<client><b/></client><server status='503'/>"),
      TRANSCRIPT("", "<wait seconds='1'/>"),
  };
  char *text = NULL;
  size_t len = 0;
  omadm_report *report = NULL;
  FILE *file = open_memstream(&text, &len);
  assert_int_equal(omadm_report_new(format, file, NULL, &report, NULL), OMADM_OK);
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    fake self = {.message = MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE};
    omadm_player_result result;
    omadm_transcript *t = NULL;
    play_it(&self, sources[i], &result);
    assert_int_equal(omadm_transcript_parse(omadm_str_of(sources[i]), "t.xml", &t, NULL), OMADM_OK);
    omadm_report_begin(report, t);
    omadm_report_add(report, t, &result, 0.25);
    omadm_transcript_free(t);
    omadm_player_result_dispose(&result);
  }
  assert_int_equal(omadm_report_end(report), 1);
  omadm_report_free(report);
  fclose(file);
  return text;
}

static void the_text_report_ends_with_the_counts(void **state) {
  (void)state;
  char *text = report_as(OMADM_REPORT_TEXT);
  assert_non_null(strstr(text, "FAILED  i: t\n  t.xml:1: expected <b>, found <SyncML>\n"));
  assert_non_null(strstr(text, "\n1 passed, 1 failed, 1 skipped\n"));
  assert_int_equal(strlen(strstr(text, "\n1 passed")), strlen("\n1 passed, 1 failed, 1 skipped\n"));
  free(text);
}

static void the_tap_report_has_a_plan(void **state) {
  (void)state;
  char *text = report_as(OMADM_REPORT_TAP);
  assert_int_equal(strncmp(text, "TAP version 13\nok 1 - i: t\nnot ok 2 - i: t\n# t.xml:1: ", 52),
                   0);
  assert_non_null(strstr(text, "\nok 3 - i: t # SKIP "));
  assert_non_null(strstr(text, "\n1..3\n"));
  free(text);
}

static void the_junit_report_counts_at_its_head(void **state) {
  (void)state;
  char *text = report_as(OMADM_REPORT_JUNIT);
  assert_non_null(
      strstr(text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"0.750\""));
  assert_non_null(
      strstr(text, "<failure message=\"t.xml:1: expected &lt;b&gt;, found &lt;SyncML&gt;\">"));
  free(text);
}

static void write_file(const char *folder, const char *name, const char *text) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  fclose(file);
}

static void a_folder_means_the_transcripts_in_it(void **state) {
  (void)state;
  char folder[] = "/tmp/omadm-suite-XXXXXX";
  char command[300];
  char *text = NULL;
  size_t len = 0;
  fake self = {
      .message = MESSAGE("7", ALERT("1223")), .outcome = OMADM_PLAYED_DONE, .answered = true};
  const omadm_player_client client = {
      .struct_size = sizeof client, .self = &self, .begin = begin, .next_request = next_request};
  omadm_report *report = NULL;
  omadm_error error = {0};
  assert_non_null(mkdtemp(folder));
  write_file(folder, "a.xml", TRANSCRIPT("", "<wait seconds='1'/>"));
  write_file(folder, "b.xml", "<other/>");
  write_file(folder, "c.txt", TRANSCRIPT("", "<wait seconds='1'/>"));
  write_file(folder, "d.xml", TRANSCRIPT("", "<sevrer/>"));
  FILE *file = open_memstream(&text, &len);
  assert_int_equal(omadm_report_new(OMADM_REPORT_TEXT, file, NULL, &report, NULL), OMADM_OK);
  assert_int_equal(omadm_suite_play(folder, &client, NULL, report, NULL), OMADM_OK);
  assert_int_equal(omadm_suite_play("/nowhere", &client, NULL, report, NULL), OMADM_E_NOT_FOUND);
  snprintf(command, sizeof command, "%s/e", folder);
  assert_int_equal(mkdir(command, 0700), 0);
  assert_int_equal(omadm_suite_play(command, &client, NULL, report, &error), OMADM_E_NOT_FOUND);
  assert_non_null(strstr(error.text, "no transcript found in /tmp/omadm-suite-"));
  assert_int_equal(omadm_report_end(report), 1);
  fclose(file);
  assert_non_null(strstr(text, "/d.xml:1: unknown element <sevrer>\n"));
  assert_non_null(strstr(text, "\n0 passed, 1 failed, 1 skipped\n"));
  free(text);
  omadm_report_free(report);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_client_that_does_as_written_passes),
      cmocka_unit_test(what_was_seen_is_put_into_the_answer),
      cmocka_unit_test(a_difference_is_named),
      cmocka_unit_test(rubbish_from_the_client_fails_with_a_sentence),
      cmocka_unit_test(a_message_against_the_grammar_fails),
      cmocka_unit_test(two_commands_with_one_cmdid_fail),
      cmocka_unit_test(in_wbxml_both_sides_speak_wbxml),
      cmocka_unit_test(xml_where_wbxml_is_expected_fails),
      cmocka_unit_test(octets_in_xml_are_answered_in_xml),
      cmocka_unit_test(what_only_the_inside_can_do_is_skipped_or_not_checked),
      cmocka_unit_test(a_folder_means_the_transcripts_in_it),
      cmocka_unit_test(the_text_report_ends_with_the_counts),
      cmocka_unit_test(the_tap_report_has_a_plan),
      cmocka_unit_test(the_junit_report_counts_at_its_head),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
