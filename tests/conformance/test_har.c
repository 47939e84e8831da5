/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/har.h"
#include "conformance/player/transcript.h"

static const char archive[] =
    "{\"log\":{\"version\":\"1.2\",\"entries\":["
    "{\"request\":{\"method\":\"GET\",\"url\":\"http://s/"
    "logo.png\",\"headers\":[]},\"response\":{\"status\":200}},"
    "{\"request\":{\"method\":\"POST\",\"url\":\"http://s/"
    "dm?a=1&b=2\",\"headers\":[{\"name\":\"Content-Type\",\"value\":"
    "\"application/vnd.syncml.dm+xml; "
    "charset=utf-8\"}],\"postData\":{\"text\":\"<SyncML>1</SyncML>\"}},"
    "\"response\":{\"status\":200,\"content\":{\"mimeType\":\"application/"
    "vnd.syncml.dm+xml\",\"encoding\":\"base64\","
    "\"text\":\"PFN5bmNNTD4yPC9TeW5jTUw+\"}}},"
    "{\"request\":{\"method\":\"POST\",\"url\":\"http://s/"
    "dm\",\"postData\":{\"mimeType\":\"application/vnd.syncml.dm+xml\","
    "\"text\":\"<?xml version='1.0'?><SyncML>3</SyncML>\"}},"
    "\"response\":{\"status\":503,\"content\":{\"mimeType\":\"text/html\",\"text\":\"<p>busy\"}}},"
    "{\"request\":{\"method\":\"POST\",\"url\":\"http://s/"
    "dm\",\"postData\":{\"mimeType\":\"application/vnd.syncml.dm+xml\","
    "\"text\":\"<SyncML>4</SyncML>\"}},"
    "\"response\":{\"status\":200,\"content\":{\"mimeType\":\"application/"
    "vnd.syncml.dm+wbxml\",\"encoding\":\"base64\","
    "\"text\":\"AwBqAA==\"}}}]}}";

static void an_archive_becomes_a_transcript_that_plays(void **state) {
  (void)state;
  omadm_buf out;
  omadm_error error = {0};
  omadm_transcript *t = NULL;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  assert_int_equal(omadm_har_convert(omadm_str_of(archive), "a&b.har", &out, &error), OMADM_OK);
  if (omadm_transcript_parse(omadm_buf_str(&out), "made", &t, &error) != OMADM_OK)
    fail_msg("%s", error.text);
  assert_true(omadm_str_is(t->id, "a&b.har"));
  assert_int_equal(t->step_count, 6);
  assert_true(omadm_str_is(t->steps[0].url, "http://s/dm?a=1&b=2"));
  assert_true(omadm_str_is(t->steps[0].body, "<SyncML>1</SyncML>"));
  assert_true(omadm_str_is(t->steps[1].body, "<SyncML>2</SyncML>"));
  assert_true(omadm_str_is(t->steps[2].body, "<?xml version='1.0'?><SyncML>3</SyncML>"));
  assert_int_equal(t->steps[3].status, 503);
  assert_true(omadm_str_is(t->steps[3].body, "<p>busy"));
  assert_int_equal(t->steps[5].body.len, 4);
  assert_true(t->steps[5].literal);
  assert_true(omadm_str_is(t->steps[5].content_type, "application/vnd.syncml.dm+wbxml"));
  omadm_transcript_free(t);
  omadm_buf_dispose(&out);
}

static const char windows[] =
    "{\"log\":{\"entries\":["
    "{\"request\":{\"method\":\"POST\",\"url\":\"https://s/dm?a=1&b=2\",\"postData\":{"
    "\"mimeType\":\"application/vnd.syncml.dm+xml\",\"text\":"
    "\"<SyncML><SyncHdr><SessionID>7</SessionID><Source><LocURI>urn:uuid:1</LocURI></Source>"
    "</SyncHdr><SyncBody><Alert><Item><Meta><Type>com.microsoft/MDM/LoginStatus</Type></Meta>"
    "</Item></Alert></SyncBody></SyncML>\"}},"
    "\"response\":{\"status\":200,\"content\":{\"text\":"
    "\"<SyncML><SyncHdr><SessionID>7</SessionID></SyncHdr></SyncML>\"}}}]}}";

static void package_1_tells_the_setup(void **state) {
  (void)state;
  omadm_buf out;
  omadm_error error = {0};
  omadm_transcript *t = NULL;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  assert_int_equal(omadm_har_convert(omadm_str_of(windows), "w", &out, &error), OMADM_OK);
  if (omadm_transcript_parse(omadm_buf_str(&out), "made", &t, &error) != OMADM_OK)
    fail_msg("%s", error.text);
  assert_true(omadm_str_is(t->setup.device_id, "urn:uuid:1"));
  assert_int_equal(t->setup.server_count, 1);
  const omadm_transcript_pairs *settings = &t->setup.servers[0].settings;
  assert_int_equal(settings->count, 2);
  assert_true(omadm_str_is(settings->items[0].value, "https://s/dm?a=1&b=2"));
  assert_true(omadm_str_is(settings->items[1].value, "windows"));
  for (size_t i = 0; i < t->step_count; i++)
    assert_non_null(strstr(t->steps[i].body.ptr, "<SessionID>{{session}}</SessionID>"));
  omadm_transcript_free(t);
  omadm_buf_dispose(&out);
}

static void what_is_no_archive_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *json;
    omadm_err err;
  } bad[] = {
      {"", OMADM_E_SYNTAX},
      {"[", OMADM_E_SYNTAX},
      {"[]", OMADM_E_SYNTAX},
      {"{\"log\":{\"entries\":3}}", OMADM_E_SYNTAX},
      {"{\"log\":{\"entries\":[]}}", OMADM_E_NOT_FOUND},
      {"{\"log\":{\"entries\":[1,null,{\"request\":[]}]}}", OMADM_E_NOT_FOUND},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    omadm_buf out;
    omadm_error error = {0};
    omadm_buf_init(&out, &omadm_mem_default, 0);
    assert_int_equal(omadm_har_convert(omadm_str_of(bad[i].json), "x", &out, &error), bad[i].err);
    assert_int_equal(out.len, 0);
    assert_true(error.text[0] != 0);
    omadm_buf_dispose(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_archive_becomes_a_transcript_that_plays),
      cmocka_unit_test(package_1_tells_the_setup),
      cmocka_unit_test(what_is_no_archive_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
