/* SPDX-License-Identifier: MIT */
#include <omadm/transport.h>
#include <omadm/wbxml.h>

#include <libxml/parser.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

typedef struct script {
  omadm_str body;
  int status;
  omadm_err fails;
  omadm_str hmac;
} script;

static omadm_err answer(void *ctx, const omadm_out *out, omadm_response *response,
                        omadm_error *error) {
  const script *s = ctx;
  (void)out;
  if (s->fails != 0) return omadm_error_set(error, s->fails, "as asked");
  response->http_status = s->status > 0 ? s->status : 200;
  response->content_type = omadm_str_of("application/vnd.syncml.dm+xml");
  response->hmac = s->hmac;
  response->body = s->body;
  return 0;
}

static char path[64];

static omadm_transport *start(script *s, int with_secrets) {
  omadm_transport *inner = NULL;
  omadm_transport *t = NULL;
  strcpy(path, "/tmp/omadm-recorder-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(omadm_loopback_new(answer, s, &inner, NULL), 0);
  omadm_recording what = {.struct_size = sizeof what, .path = path, .with_secrets = with_secrets};
  assert_int_equal(omadm_recorder_new(inner, &what, &t, NULL), 0);
  return t;
}

static int talk(omadm_transport *t, const char *uri, omadm_str body, omadm_str hmac) {
  omadm_out out = {.uri = omadm_str_of(uri),
                   .content_type = OMADM_STR("application/vnd.syncml.dm+xml"),
                   .hmac = hmac,
                   .body = body};
  omadm_response response = {0};
  omadm_err err = t->ops->post(t, &out, NULL);
  return err != 0 ? err : t->ops->step(t, 0, &response, NULL);
}

/* Ends the recording; the file's text, to be freed. */
static char *finish(omadm_transport *t) {
  enum { SIZE = 1000000 };
  char *text = calloc(1, SIZE);
  omadm_transport_free(t);
  FILE *f = fopen(path, "r");
  assert_non_null(f);
  assert_non_null(text);
  assert_true(fread(text, 1, SIZE - 1, f) > 0);
  fclose(f);
  unlink(path);
  xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), path, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_HUGE);
  if (doc == NULL) fail_msg("not well-formed:\n%.3000s", text);
  xmlFreeDoc(doc);
  return text;
}

static const omadm_str none = {NULL, 0};

static void a_conversation_becomes_a_transcript(void **state) {
  script s = {.body = OMADM_STR("<SyncML xmlns=\"SYNCML:SYNCML1.2\">\r\n<a/> </SyncML>"),
              .hmac = OMADM_STR("mac=abc")};
  omadm_transport *t = start(&s, 0);
  struct stat st;
  (void)state;
  assert_int_equal(
      talk(t, "https://a/", omadm_str_of("<SyncML>1</SyncML>"), omadm_str_of("mac=abc")), 1);
  assert_int_equal(talk(t, "https://a/?s=\"1\"&t=2", omadm_str_of("<SyncML>2</SyncML>"), none), 1);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  char *text = finish(t);
  assert_string_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<transcript xmlns=\"urn:omadm:transcript:1\" id=\"recording\" "
                            "title=\"a recorded session\">\n"
                            "<client "
                            "header-x-syncml-hmac=\"{{secret-1}}\">\n"
                            "<SyncML>1</SyncML>\n</client>\n"
                            "<server "
                            "header-x-syncml-hmac=\"{{secret-1}}\">\n"
                            "<SyncML xmlns=\"SYNCML:SYNCML1.2\">\r\n<a/> </SyncML>\n</server>\n"
                            "<client url=\"https://a/?s=&quot;1&quot;&amp;t=2\">\n"
                            "<SyncML>2</SyncML>\n</client>\n"
                            "<server "
                            "header-x-syncml-hmac=\"{{secret-1}}\">\n"
                            "<SyncML xmlns=\"SYNCML:SYNCML1.2\">\r\n<a/> </SyncML>\n</server>\n"
                            "</transcript>\n");
  free(text);
}

static void the_set_up_is_written_and_the_session_bound(void **state) {
  script s = {.body = OMADM_STR("<S><SessionID>2A</SessionID><Data>2A</Data></S>")};
  omadm_transport *inner = NULL;
  omadm_transport *t = NULL;
  const omadm_recording what = {.struct_size = sizeof what,
                                .path = path,
                                .device_id = OMADM_STR("urn:uuid:1"),
                                .server_id = OMADM_STR("acme"),
                                .url = OMADM_STR("https://a/?b&c"),
                                .dialect = OMADM_DIALECT_WINDOWS,
                                .max_msg_size = 65536};
  (void)state;
  omadm_transport_free(start(&s, 0));
  assert_int_equal(omadm_loopback_new(answer, &s, &inner, NULL), 0);
  assert_int_equal(omadm_recorder_new(inner, &what, &t, NULL), 0);
  assert_int_equal(
      talk(t, "https://a/?b&c", omadm_str_of("<S><SessionID>2A</SessionID></S>"), none), 1);
  char *text = finish(t);
  assert_non_null(strstr(text, "<setup device-id=\"urn:uuid:1\">\n"
                               "  <server id=\"acme\" url=\"https://a/?b&amp;c\" "
                               "dialect=\"windows\" max-msg-size=\"65536\"/>\n</setup>\n"));
  assert_non_null(strstr(text, "<S><SessionID>{{session}}</SessionID></S>"));
  assert_non_null(strstr(text, "<S><SessionID>{{session}}</SessionID><Data>2A</Data></S>"));
  free(text);
}

static omadm_err credentials(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                             omadm_credentials *out) {
  (void)ctx;
  assert_true(omadm_str_is(server_id, "acme"));
  assert_int_equal(type, OMADM_AUTH_NONE);
  if (side == OMADM_AUTH_SERVER) return OMADM_E_NOT_FOUND;
  *out = (omadm_credentials){.type = OMADM_AUTH_MD5,
                             .name = OMADM_STR("me & you"),
                             .secret = OMADM_STR("geheim"),
                             .nonce = OMADM_STR("123")};
  return 0;
}

static void the_credentials_are_in_the_set_up_and_a_secret_only_where_it_may(void **state) {
  const struct {
    int with_secrets;
    const char *says;
  } rows[] = {
      {0, " auth=\"md5\" user=\"me &amp; you\" secret=\"{{secret-1}}\"/>"},
      {1, " auth=\"md5\" user=\"me &amp; you\" secret=\"geheim\" nonce=\"MTIz\"/>"},
  };
  const omadm_host host = {.struct_size = sizeof host, .credentials = credentials};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    script s = {.body = OMADM_STR("<S><AAuthSecret>x</AAuthSecret></S>")};
    omadm_transport *inner = NULL;
    omadm_transport *t = NULL;
    const omadm_recording what = {.struct_size = sizeof what,
                                  .path = path,
                                  .with_secrets = rows[i].with_secrets,
                                  .device_id = OMADM_STR("urn:uuid:1"),
                                  .server_id = OMADM_STR("acme"),
                                  .url = OMADM_STR("https://a/"),
                                  .host = &host};
    omadm_transport_free(start(&s, 0));
    assert_int_equal(omadm_loopback_new(answer, &s, &inner, NULL), 0);
    assert_int_equal(omadm_recorder_new(inner, &what, &t, NULL), 0);
    char *text = finish(t);
    if (strstr(text, rows[i].says) == NULL) fail_msg("%s", text);
    free(text);
  }
}

/* What the reader of a transcript gets for the first <server>: the slice, unwrapped or decoded.
 * Owned by the caller. */
static void read_back(const char *text, omadm_buf *out) {
  const char *server = strstr(text, "<server");
  const char *from = strchr(server, '>') + 1;
  const char *to = strstr(text, "</server>");
  omadm_str slice = omadm_str_trim((omadm_str){from, (size_t)(to - from)});
  bool raw = strstr(server, "raw=\"base64\"") != NULL && strstr(server, "raw=\"base64\"") < from;
  if (raw) {
    assert_int_equal(omadm_base64_decode(slice, out), 0);
    return;
  }
  while (omadm_str_starts(slice, "<![CDATA[")) {
    const char *end = memmem(slice.ptr, slice.len, "]]>", 3);
    assert_non_null(end);
    assert_int_equal(omadm_buf_add(out, slice.ptr + 9, (size_t)(end - slice.ptr) - 9), 0);
    slice.len -= (size_t)(end + 3 - slice.ptr);
    slice.ptr = end + 3;
  }
  assert_int_equal(omadm_buf_add_str(out, slice), 0);
}

static const omadm_str bodies[] = {
    OMADM_STR("<SyncML/>"),
    OMADM_STR("<?xml version=\"1.0\"?>\r\n<SyncML><![CDATA[x]]]]></SyncML>\r\n"),
    OMADM_STR(" <SyncML>\r</SyncML> "),
    OMADM_STR("<a><![CDATA[]]></a>"),
    OMADM_STR("<SyncML><Data>"),
    OMADM_STR("]]>]]>]]"),
    OMADM_STR("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
    OMADM_STR("<p:SyncML/>"),
    OMADM_STR("<a/><b/>"),
    OMADM_STR("{{name}}"),
    OMADM_STR("<a>{{name}}</a>"),
    OMADM_STR("\xEF\xBB\xBF<SyncML/>"),
    OMADM_STR("text with \x01 in it"),
    OMADM_STR("<a>\xEF\xBF\xBE</a>"),
    OMADM_STR("<latin>\xE4</latin>"),
    OMADM_STR("just text & < that"),
};

static void every_body_comes_back_octet_by_octet(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    script s = {.body = bodies[i]};
    omadm_buf got;
    omadm_buf_init(&got, NULL, 0);
    omadm_transport *t = start(&s, 0);
    assert_int_equal(talk(t, "u", omadm_str_of("<SyncML/>"), none), 1);
    char *text = finish(t);
    read_back(text, &got);
    if (!omadm_str_equal(omadm_buf_str(&got), bodies[i])) fail_msg("body %zu:\n%s", i, text);
    omadm_buf_dispose(&got);
    free(text);
  }
}

static void what_cannot_be_masked_is_left_out_or_kept_whole(void **state) {
  static const char wbxml[] = "\x02\x00\x00\x6A\x00geheim";
  static const char utf16[] = "<\0g\0e\0h\0e\0i\0m\0>\0";
  const omadm_str opaque[] = {{wbxml, sizeof wbxml}, {utf16, sizeof utf16 - 1}};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    script s = {.body = opaque[i]};
    omadm_transport *t = start(&s, 0);
    assert_int_equal(talk(t, "u", omadm_str_of("<SyncML/>"), none), 1);
    char *text = finish(t);
    assert_non_null(strstr(text, "were left out"));
    free(text);
    omadm_buf got;
    omadm_buf_init(&got, NULL, 0);
    t = start(&s, 1);
    assert_int_equal(talk(t, "u", omadm_str_of("<SyncML/>"), none), 1);
    text = finish(t);
    read_back(text, &got);
    assert_true(omadm_str_equal(omadm_buf_str(&got), opaque[i]));
    omadm_buf_dispose(&got);
    free(text);
  }
}

static void secrets_in_wbxml_are_masked_in_the_xml_that_it_stands_for(void **state) {
  static const char xml[] =
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><Cred><Meta><Format xmlns='syncml:metinf'>b64"
      "</Format></Meta><Data>Z2VoZWlt</Data></Cred></SyncHdr></SyncML>";
  omadm_buf wbxml;
  (void)state;
  omadm_buf_init(&wbxml, &omadm_mem_default, 0);
  assert_int_equal(omadm_wbxml_encode(omadm_str_of(xml), 0, &wbxml, NULL), 0);
  script s = {.body = omadm_buf_str(&wbxml)};
  omadm_transport *t = start(&s, 0);
  assert_int_equal(talk(t, "u", omadm_buf_str(&wbxml), none), 1);
  char *text = finish(t);
  assert_null(strstr(text, "Z2VoZWlt"));
  assert_null(strstr(text, "geheim"));
  assert_null(strstr(text, "left out"));
  const char *first = strstr(text, "<Data>{{secret-1}}</Data>");
  assert_non_null(first);
  assert_non_null(strstr(first + 1, "<Data>{{secret-1}}</Data>"));
  free(text);
  omadm_buf_dispose(&wbxml);
}

static void secrets_are_masked_unless_asked_for(void **state) {
  static const char body[] = "<SyncML><Cred><Data>geheim</Data></Cred></SyncML>";
  script s = {.body = OMADM_STR("<SyncML><NextNonce>geheim</NextNonce></SyncML>"),
              .hmac = OMADM_STR("mac=geheim")};
  (void)state;
  for (int with = 0; with < 2; with++) {
    omadm_transport *t = start(&s, with);
    assert_int_equal(talk(t, "u", omadm_str_of(body), omadm_str_of("mac=geheim")), 1);
    char *text = finish(t);
    assert_int_equal(strstr(text, "geheim") != NULL, with);
    assert_int_equal(strstr(text, "with its secrets") != NULL, with);
    assert_int_equal(strstr(text, "<Data>{{secret-2}}</Data>") != NULL, !with);
    assert_int_equal(strstr(text, "<NextNonce>{{secret-2}}</NextNonce>") != NULL, !with);
    free(text);
  }
}

static void failures_are_drops_and_statuses(void **state) {
  script s = {.fails = OMADM_E_TIMEOUT};
  omadm_transport *t = start(&s, 0);
  omadm_out out = {.body = OMADM_STR("<a/>")};
  (void)state;
  assert_int_equal(talk(t, "u", omadm_str_of("<b/>"), none), OMADM_E_TIMEOUT);
  s.fails = OMADM_E_REFUSED;
  assert_int_equal(talk(t, "u", omadm_str_of("<refused/>"), none), OMADM_E_REFUSED);
  s = (script){.status = 200};
  assert_int_equal(talk(t, "u", omadm_str_of("<b/>"), none), 1);
  s = (script){.status = 204};
  assert_int_equal(talk(t, "u", omadm_str_of("<b/>"), none), 1);
  assert_int_equal(t->ops->post(t, &out, NULL), 0);
  t->ops->cancel(t);
  t->ops->cancel(t);
  char *text = finish(t);
  assert_null(strstr(text, "refused"));
  assert_non_null(strstr(text, "<server status=\"204\"/>"));
  assert_non_null(strstr(text, "<server status=\"200\""));
  const char *first = strstr(text, "<drop/>");
  const char *second = strstr(first + 1, "<drop/>");
  assert_non_null(second);
  assert_null(strstr(second + 1, "<drop/>"));
  free(text);
}

static int lines;

static void count_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)ctx;
  (void)level;
  (void)module;
  assert_non_null(strstr(text, "File too large; the rest of the session is not recorded"));
  lines++;
}

static void a_full_disk_is_said_once_and_the_session_goes_on(void **state) {
  const omadm_log log = {sizeof log, NULL, OMADM_LOG_DEBUG, count_line};
  script s = {.body = OMADM_STR("<SyncML/>")};
  struct rlimit before;
  (void)state;
  omadm_transport *t = start(&s, 0);
  omadm_recorder_log(t, &log);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {300, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 5; i++)
    assert_int_equal(talk(t, "u", omadm_str_of("<SyncML/>"), none), 1);
  omadm_transport_free(t);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(lines, 1);
  unlink(path);
}

static void a_path_that_cannot_be_written_is_an_error(void **state) {
  script s = {.status = 200};
  omadm_transport *inner = NULL;
  omadm_transport *t = NULL;
  omadm_error error = {0};
  (void)state;
  assert_int_equal(omadm_loopback_new(answer, &s, &inner, NULL), 0);
  omadm_recording what = {.struct_size = sizeof what};
  what.path = "/nowhere/x.xml";
  assert_int_equal(omadm_recorder_new(inner, &what, &t, &error), OMADM_E_IO);
  assert_null(t);
  assert_non_null(
      strstr(error.text, "/nowhere/x.xml: the transcript cannot be written: No such file"));
  omadm_error_clear(&error);
  assert_int_equal(omadm_loopback_new(answer, &s, &inner, NULL), 0);
  what.path = "/dev/full";
  assert_int_equal(omadm_recorder_new(inner, &what, &t, &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "No space left on device"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_conversation_becomes_a_transcript),
      cmocka_unit_test(the_set_up_is_written_and_the_session_bound),
      cmocka_unit_test(the_credentials_are_in_the_set_up_and_a_secret_only_where_it_may),
      cmocka_unit_test(every_body_comes_back_octet_by_octet),
      cmocka_unit_test(what_cannot_be_masked_is_left_out_or_kept_whole),
      cmocka_unit_test(secrets_in_wbxml_are_masked_in_the_xml_that_it_stands_for),
      cmocka_unit_test(secrets_are_masked_unless_asked_for),
      cmocka_unit_test(failures_are_drops_and_statuses),
      cmocka_unit_test(a_full_disk_is_said_once_and_the_session_goes_on),
      cmocka_unit_test(a_path_that_cannot_be_written_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
