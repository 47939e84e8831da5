/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "conformance/player/transcript.h"

#define HEAD "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'"
#define CLIENT "<client><SyncML/></client>"

static omadm_transcript *read_good(const char *source) {
  omadm_transcript *out = NULL;
  omadm_error error = {0};
  if (omadm_transcript_parse(omadm_str_of(source), "t.xml", &out, &error) != OMADM_OK)
    fail_msg("%s", error.text);
  return out;
}

static void expect_refusal(const char *source, const char *sentence) {
  omadm_transcript *out = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_transcript_parse(omadm_str_of(source), "t.xml", &out, &error),
                   OMADM_E_SYNTAX);
  assert_null(out);
  assert_string_equal(error.text, sentence);
}

/* The octets of the <server> in "…<server>CONTENT</server>…". */
static void expect_octets(const char *content, const char *octets, size_t len) {
  char source[2000];
  snprintf(source, sizeof source, HEAD " xmlns:p='urn:p'>" CLIENT "%s</transcript>", content);
  omadm_transcript *t = read_good(source);
  assert_int_equal(t->step_count, 2);
  assert_int_equal(t->steps[1].kind, OMADM_STEP_SERVER);
  assert_int_equal(t->steps[1].body.len, len);
  assert_memory_equal(t->steps[1].body.ptr, octets, len);
  omadm_transcript_free(t);
}

static void the_octets_of_a_server_are_those_of_the_file(void **state) {
  (void)state;
  static const char *const kept[] = {
      "<SyncML xmlns='SYNCML:SYNCML1.2'  a = \"1\" ><b/>\r\n\t<c></c>&#13;&lt;</SyncML >",
      "<SyncML>\n  <server>inner</server> <server/>\n</SyncML>",
      "<SyncML a='/server>' b=\">\"/>",
      "<a><!-- </server> <server> --><?pi </server>?><b><![CDATA[</server>]]></b></a>",
      "<!-- before --><a/><!-- after -->",
      "<p:a/>",
      "<a/><b/>",
      "<a>\xc3\xa4\xe2\x82\xac</a>",
      "text only",
      "<a/><![CDATA[x]]>",
      "<![CDATA[x]]><a/>",
  };
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
    char content[1000];
    snprintf(content, sizeof content, "<server>%s</server>", kept[i]);
    expect_octets(content, kept[i], strlen(kept[i]));
    snprintf(content, sizeof content, "<server\n header-x='>' >\n\t %s \r\n</server >", kept[i]);
    expect_octets(content, kept[i], strlen(kept[i]));
  }
}

static void a_cdata_wrapper_keeps_every_octet_inside(void **state) {
  (void)state;
  expect_octets("<server>\n<![CDATA[ <SyncML> & \n]]>\n</server>", " <SyncML> & \n", 13);
  expect_octets("<server><![CDATA[a]]]]><![CDATA[>b]]></server>", "a]]>b", 5);
}

static void raw_octets_are_decoded(void **state) {
  (void)state;
  expect_octets("<server raw='base64'> AwBq\nAA== </server>", "\x03\x00\x6a\x00", 4);
}

static void a_server_may_be_a_status_alone(void **state) {
  (void)state;
  omadm_transcript *t = read_good(HEAD ">" CLIENT "<server status='503'/></transcript>");
  assert_int_equal(t->steps[1].status, 503);
  assert_false(t->steps[1].has_body);
  omadm_transcript_free(t);
}

static void a_later_server_is_found_behind_nested_ones(void **state) {
  (void)state;
  omadm_transcript *t = read_good(
      HEAD "><setup><server id='a'/><server id='b'/></setup>" CLIENT
           "<server><a><server/></a></server>" CLIENT "<session server='b' start='notify'>" CLIENT
           "<server><b/></server></session><end result='done'/></transcript>");
  static const omadm_transcript_step_kind kinds[] = {
      OMADM_STEP_CLIENT, OMADM_STEP_SERVER, OMADM_STEP_CLIENT,       OMADM_STEP_SESSION,
      OMADM_STEP_CLIENT, OMADM_STEP_SERVER, OMADM_STEP_SESSION_OVER, OMADM_STEP_END,
  };
  assert_int_equal(t->step_count, sizeof kinds / sizeof kinds[0]);
  for (size_t i = 0; i < t->step_count; i++)
    assert_int_equal(t->steps[i].kind, kinds[i]);
  assert_true(omadm_str_is(t->steps[1].body, "<a><server/></a>"));
  assert_true(omadm_str_is(t->steps[5].body, "<b/>"));
  assert_true(omadm_str_is(t->steps[3].server, "b"));
  assert_true(omadm_str_is(t->steps[3].start, "notify"));
  assert_int_equal(t->setup.server_count, 2);
  omadm_transcript_free(t);
}

static void the_setup_is_read_whole(void **state) {
  (void)state;
  omadm_transcript *t = read_good(
      HEAD
      " proves='OMA-1' clause='c 1' encodings='xml'><setup clock='2026-01-01T00:00:00Z' random='7' "
      "root-acl='Get=*'>"
      "<ddf src='sub/a.xml'/><node uri='./A' format='chr' type='text/plain' acl='Get=*' title='n'> "
      "x </node>"
      "<node uri='./B' format='xml'><e a='1'/></node><node uri='./C'/><node uri='./D' "
      "value=''/><node uri='./E' raw='base64'>AAE=</node>"
      "<server id='s' dialect='oma' auth='md5' quirk.nocmdid='refuse'/><limit name='depth' "
      "value='9'/></setup>" CLIENT
      "<after><node uri='./A'>y</node><absent uri='./B'/><outbox count='2'/></after></transcript>");
  assert_true(omadm_str_is(t->setup.ddf_files[0], "sub/a.xml"));
  assert_true(omadm_str_is(t->setup.nodes[0].value, " x "));
  assert_true(omadm_str_is(t->setup.nodes[1].value, "<e a='1'/>"));
  assert_null(t->setup.nodes[2].value.ptr);
  assert_non_null(t->setup.nodes[3].value.ptr);
  assert_int_equal(t->setup.nodes[4].value.len, 2);
  assert_memory_equal(t->setup.nodes[4].value.ptr, "\x00\x01", 2);
  assert_int_equal(t->setup.servers[0].settings.count, 3);
  assert_true(omadm_str_is(t->setup.limits.items[0].value, "9"));
  assert_int_equal(t->after_count, 2);
  assert_true(t->after[1].absent);
  assert_int_equal(t->outbox, 2);
  omadm_transcript_free(t);
}

static void plugins_their_settings_and_a_tpm_are_read(void **state) {
  (void)state;
  omadm_transcript *t = read_good(
      HEAD "><setup><plugin name='health-attestation'/><plugin name='b'/>"
           "<setting csp='HealthAttestation' name='bank' value='sha256'/>"
           "<tpm provider='recorded:rec/1' event-log='log.bin'/></setup>" CLIENT "</transcript>");
  assert_int_equal(t->setup.plugin_count, 2);
  assert_true(omadm_str_is(t->setup.plugins[0], "health-attestation"));
  assert_int_equal(t->setup.setting_count, 1);
  assert_true(omadm_str_is(t->setup.settings[0].csp, "HealthAttestation"));
  assert_true(omadm_str_is(t->setup.settings[0].name, "bank"));
  assert_true(omadm_str_is(t->setup.settings[0].value, "sha256"));
  assert_true(omadm_str_is(t->setup.tpm.provider, "recorded:rec/1"));
  assert_true(omadm_str_is(t->setup.tpm.event_log, "log.bin"));
  assert_null(t->setup.tpm.ima_log.ptr);
  omadm_transcript_free(t);
  t = read_good(HEAD "><setup><tpm provider='none'/></setup>" CLIENT "</transcript>");
  assert_true(omadm_str_is(t->setup.tpm.provider, "none"));
  omadm_transcript_free(t);
}

static void every_kind_of_step_is_read(void **state) {
  (void)state;
  omadm_transcript *t = read_good(
      HEAD "><notify hex='00ff'/><bootstrap type='t' sec='NETWPIN' mac='AA'><a/></bootstrap>"
           "<raise type='t' format='int' mark='critical' source='./A' "
           "correlator='c'>1</raise><change uri='./A'>v</change>"
           "<user answer='2'/><user cancel=''/><restart/><crash/><drop/><wait seconds='31'/><end "
           "result='refused'/><user silent=''/><abort/></transcript>");
  assert_int_equal(t->step_count, 13);
  assert_memory_equal(t->steps[0].body.ptr, "\x00\xff", 2);
  assert_true(omadm_str_is(t->steps[1].body, "<a/>"));
  assert_true(omadm_str_is(t->steps[2].correlator, "c"));
  assert_true(omadm_str_is(t->steps[3].body, "v"));
  assert_null(t->steps[5].answer.ptr);
  assert_int_equal(t->steps[5].answer.len, 0);
  assert_null(t->steps[11].answer.ptr);
  assert_int_equal(t->steps[11].answer.len, 1);
  assert_int_equal(t->steps[12].kind, OMADM_STEP_ABORT);
  assert_int_equal(t->steps[9].seconds, 31);
  omadm_transcript_free(t);
}

static void what_is_unknown_is_an_error_with_its_line(void **state) {
  (void)state;
  expect_refusal(HEAD ">\n<client><a/></client>\n<sevrer/></transcript>",
                 "t.xml:3: unknown element <sevrer>");
  expect_refusal(HEAD ">\n<client ulr='x'><a/></client></transcript>",
                 "t.xml:2: unknown attribute ulr on <client>");
  expect_refusal(HEAD ">\n<setup><nod uri='x'/></setup></transcript>",
                 "t.xml:2: unknown element <nod> in <setup>");
  expect_refusal(HEAD " peer='right'>" CLIENT "</transcript>", "t.xml:1: peer cannot be right");
  expect_refusal(HEAD " encodings='XML'>" CLIENT "</transcript>",
                 "t.xml:1: encodings cannot be XML");
  expect_refusal(HEAD "><user answer='1' cancel=''/></transcript>",
                 "t.xml:1: <user> needs one of answer, cancel, silent");
  expect_refusal(HEAD "><setup><server id='x' dialekt='oma'/></setup></transcript>",
                 "t.xml:1: an attribute of <server> cannot be dialekt");
  expect_refusal(HEAD "><setup><plugin name='../x'/></setup></transcript>",
                 "t.xml:1: <plugin name=\"../x\">: the name of a file without \".so\"");
  expect_refusal(HEAD "><setup><tpm provider='tss2:device'/></setup></transcript>",
                 "t.xml:1: <tpm provider=\"tss2:device\">: none, or recorded:FOLDER");
  expect_refusal(HEAD "><setup><tpm provider='none'/><tpm provider='none'/></setup></transcript>",
                 "t.xml:1: a second <tpm>");
  expect_refusal(HEAD "><setup><setting csp='a' name='b'/></setup></transcript>",
                 "t.xml:1: <setting> needs the attribute value");
  expect_refusal(HEAD ">\n\n<end result='dnoe'/></transcript>", "t.xml:3: result cannot be dnoe");
  expect_refusal(HEAD ">stray</transcript>",
                 "t.xml:1: text where elements are expected, inside <transcript>");
  expect_refusal(
      "<transcript/>",
      "t.xml:1: not a transcript (root element transcript, namespace urn:omadm:transcript:1)");
  expect_refusal(HEAD "/>", "t.xml:1: a transcript without a step");
  expect_refusal("<!DOCTYPE transcript [<!ENTITY a 'b'>]>" HEAD ">" CLIENT "</transcript>",
                 "t.xml:1: a transcript has no document type");
}

static void a_file_that_is_missing_is_named(void **state) {
  (void)state;
  expect_refusal(HEAD ">\n<client src='no-such-file.xml'/></transcript>",
                 "t.xml:2: no-such-file.xml: No such file or directory");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_octets_of_a_server_are_those_of_the_file),
      cmocka_unit_test(a_cdata_wrapper_keeps_every_octet_inside),
      cmocka_unit_test(raw_octets_are_decoded),
      cmocka_unit_test(a_server_may_be_a_status_alone),
      cmocka_unit_test(a_later_server_is_found_behind_nested_ones),
      cmocka_unit_test(the_setup_is_read_whole),
      cmocka_unit_test(plugins_their_settings_and_a_tpm_are_read),
      cmocka_unit_test(every_kind_of_step_is_read),
      cmocka_unit_test(what_is_unknown_is_an_error_with_its_line),
      cmocka_unit_test(a_file_that_is_missing_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
