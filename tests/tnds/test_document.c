/* SPDX-License-Identifier: MIT */
/* Documents in a session over the framework: nothing is changed before all is checked, control is
 * given back on the way, and what cannot be taken back is told. */
#include "probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <omadm/session.h>

#define URL "https://dm.example.net/oma"
#define TNDS_META                                                                                  \
  "<Meta><Format xmlns=\"syncml:metinf\">xml</Format><Type xmlns=\"syncml:metinf\">"               \
  "application/vnd.syncml.dmtnds+xml</Type></Meta>"
#define DOC(...)                                                                                   \
  "<Data><![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>" __VA_ARGS__            \
  "</MgmtTree>]]></Data>"
#define COMMAND(verb, id, uri, ...)                                                                \
  "<" verb "><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target>" __VA_ARGS__     \
  "</Item></" verb ">"
#define TARGET(...)                                                                                \
  "<Node><NodeName/><RTProperties><Format><node/></Format></RTProperties>" __VA_ARGS__ "</Node>"
#define NODE(name, format, value)                                                                  \
  "<Node><NodeName>" name "</NodeName><RTProperties><Format><" format                              \
  "/></Format></RTProperties><Value>" value "</Value></Node>"
#define NODE_WITH(name, format, properties, value)                                                 \
  "<Node><NodeName>" name "</NodeName><RTProperties>" properties "<Format><" format                \
  "/></Format></RTProperties><Value>" value "</Value></Node>"

static const char many_ddf[] =
    DDF(ROOT("Many", "./Vendor", LEAF("", ADGR, "chr", MANY, "Dynamic")));

/* ./Vendor/Stubborn: leaves A and B. It counts its replaces, and those in `fails` fail. */
static struct {
  unsigned replaces, fails; /* bit i: replace i */
  char value[2][40];
} stubborn;
static const omadm_csp_services *services;
static uint64_t host;

static omadm_status stubborn_open(const omadm_csp_services *given, uint64_t handle,
                                  uint64_t *self) {
  services = given;
  host = handle;
  *self = 9;
  return OMADM_ST_OK;
}

static void stubborn_close(uint64_t self) {
  (void)self;
}

static char *value_of(const omadm_csp_request *r) {
  return stubborn.value[r->uri.ptr[r->uri.len - 1] == 'B'];
}

static omadm_status stubborn_get(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  services->value(host, r->token, omadm_str_of(value_of(r)));
  return OMADM_ST_OK;
}

static omadm_status stubborn_replace(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  if ((stubborn.fails >> stubborn.replaces++ & 1) != 0) return OMADM_ST_FAILED;
  snprintf(value_of(r), 40, "%.*s", (int)r->value.len, r->value.len > 0 ? r->value.ptr : "");
  return OMADM_ST_OK;
}

static const char stubborn_ddf[] =
    DDF(ROOT("Stubborn", "./Vendor",
             LEAF("A", GR, "chr", ONE, "Permanent") LEAF("B", GR, "chr", ONE, "Permanent")));
static const omadm_csp_slots stubborn_slots = {.struct_size = sizeof stubborn_slots,
                                               .open = stubborn_open,
                                               .close = stubborn_close,
                                               .get = stubborn_get,
                                               .replace = stubborn_replace};
static const omadm_csp_descriptor stubborn_csp = {
    OMADM_CSP_ABI,           sizeof stubborn_csp, "Stubborn", "1.0", stubborn_ddf,
    sizeof stubborn_ddf - 1, &stubborn_slots,     0,          0};

/* A device and one session of it. */
typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
  omadm_host host;
  omadm_session_config config;
  omadm_session *session;
  omadm_out out;
  char sent[100000];
  int64_t now, jump; /* the clock goes on so much with each pause */
  unsigned pauses, abort_at; /* waits whose deadline has come already; 0: none is aborted */
} device;

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  device *d = ctx;
  omadm_session_complete(d->session, token, status, answer);
}

static void mount_text(device *d, const char *name, const char *text) {
  omadm_ddf *parsed = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_ddf_parse(omadm_str_of(text), name, NULL, NULL, &parsed, &error), 0);
  assert_int_equal(omadm_framework_mount_ddf(d->framework, parsed, &error), 0);
}

static void mount_csp(device *d, const omadm_csp_descriptor *csp) {
  omadm_error error = {0};
  assert_int_equal(omadm_framework_mount_csp(d->framework, csp, csp->name, &error), 0);
}

static int set_up_with(void **state, unsigned flags) {
  device *d = calloc(1, sizeof *d);
  omadm_error error = {0};
  omadm_framework_config config;
  assert_non_null(d);
  probe_reset();
  memset(&stubborn, 0, sizeof stubborn);
  assert_int_equal(omadm_store_new_memory(&d->store, &error), 0);
  omadm_framework_config_init(&config);
  config.store = d->store;
  config.host_flags = flags;
  config.ctx = d;
  config.completed = completed;
  assert_int_equal(omadm_framework_new(&config, &d->framework, &error), 0);
  mount_csp(d, &probe_csp);
  mount_csp(d, &stubborn_csp);
  mount_text(d, "many.ddf.xml", many_ddf);
  omadm_framework_set_root_acl(d->framework, omadm_str_of("Add=*&Get=*&Replace=*&Delete=*&Exec=*"));
  d->host.struct_size = sizeof d->host;
  omadm_framework_host(d->framework, &d->host);
  omadm_session_config_init(&d->config);
  d->config.tree = omadm_framework_tree(d->framework);
  d->config.host = &d->host;
  d->config.server_id = omadm_str_of("srv");
  d->config.server_uri = omadm_str_of(URL);
  d->config.device_id = omadm_str_of("IMEI:1");
  d->config.session_id = omadm_str_of("1");
  *state = d;
  return 0;
}

static int set_up(void **state) {
  return set_up_with(state, 0);
}

static int set_up_late(void **state) {
  return set_up_with(state, OMADM_HOST_LATE | OMADM_HOST_COPYING);
}

static int tear_down(void **state) {
  device *d = *state;
  omadm_session_free(d->session);
  omadm_framework_free(d->framework);
  omadm_store_close(d->store);
  free(d);
  return 0;
}

/* Until the session sends, receives or is done. */
static omadm_step next(device *d) {
  for (;;) {
    omadm_step step = omadm_session_next(d->session, d->now, &d->out);
    if (step == OMADM_SEND) {
      size_t n = d->out.body.len < sizeof d->sent ? d->out.body.len : sizeof d->sent - 1;
      memcpy(d->sent, d->out.body.ptr, n);
      d->sent[n] = '\0';
    }
    if (step != OMADM_WAIT) return step;
    if (omadm_session_deadline(d->session) > d->now) {
      omadm_framework_pump(d->framework, 10);
      continue;
    }
    d->now += d->jump;
    if (++d->pauses == d->abort_at) omadm_session_abort(d->session);
  }
}

static omadm_step exchange(device *d, const char *commands) {
  const char *head = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
                     "<VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target>"
                     "<LocURI>IMEI:1</LocURI></Target><Source><LocURI>" URL "</LocURI></Source>"
                     "</SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef>"
                     "<CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>";
  const char *tail = "<Final/></SyncBody></SyncML>";
  omadm_error error = {0};
  if (omadm_session_new(&d->config, &d->session, &error) != 0) fail_msg("%s", error.text);
  assert_int_equal(next(d), OMADM_SEND);
  assert_int_equal(next(d), OMADM_RECEIVE);
  d->pauses = 0;
  assert_int_equal(omadm_session_begin(d->session, omadm_str_of("application/vnd.syncml.dm+xml"),
                                       (omadm_str){NULL, 0}),
                   0);
  const char *parts[] = {head, commands, tail};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(omadm_session_feed(d->session, parts[i], strlen(parts[i])), 0);
  assert_int_equal(omadm_session_end(d->session), 0);
  return next(d);
}

static void expect_status(const device *d, const char *command, const char *code) {
  char start[60];
  snprintf(start, sizeof start, "<CmdRef>%s</CmdRef>", command);
  const char *at = strstr(d->sent, start);
  if (at == NULL) fail_msg("no Status for %s in %s", command, d->sent);
  at = strstr(at, "<Data>");
  if (at == NULL || strncmp(at + 6, code, strlen(code)) != 0)
    fail_msg("command %s: expected %s: %.200s", command, code, at);
}

static void expect_leaf(device *d, const char *uri, const char *value) {
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  omadm_err err = omadm_framework_peek(d->framework, omadm_str_of(uri), &out);
  if (value == NULL) assert_int_equal(err, OMADM_E_NOT_FOUND);
  if (value != NULL) assert_int_equal(err, 0);
  if (value != NULL && !omadm_str_is(omadm_buf_str(&out), value))
    fail_msg("%s is \"%.*s\", not \"%s\"", uri, (int)out.len, out.ptr, value);
  omadm_buf_dispose(&out);
}

/* The check */

static void nothing_of_the_plugin_was_changed(device *d, const char *code) {
  expect_status(d, "5", code);
  assert_null(strstr(probe_calls, "replace("));
  assert_null(strstr(probe_calls, "add("));
  assert_null(strstr(probe_calls, "remove("));
}

static void a_bad_value_in_the_last_node_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(
      d, COMMAND("Replace", "5", "./Vendor/Probe",
                 TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Number", "int", "many")))));
  nothing_of_the_plugin_was_changed(d, "415");
}

static void a_format_that_is_not_the_nodes_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d,
           COMMAND("Replace", "5", "./Vendor/Probe",
                   TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Number", "chr", "1")))));
  nothing_of_the_plugin_was_changed(d, "415");
}

static void a_node_that_may_not_be_replaced_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d, COMMAND("Replace", "5", "./Vendor/Probe",
                      TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Run", "chr", "1")))));
  nothing_of_the_plugin_was_changed(d, "405");
}

static void a_change_that_could_not_be_undone_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d,
           COMMAND("Replace", "5", "./Vendor/Probe",
                   TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Secret", "chr", "1")))));
  nothing_of_the_plugin_was_changed(d, "406");
}

static void a_node_that_nobody_describes_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d, COMMAND("Add", "5", "./Vendor/Probe",
                      TNDS_META DOC("<Node><NodeName>b</NodeName><Path>Box</Path><RTProperties>"
                                    "<Format><node/></Format></RTProperties>" NODE(
                                        "Name", "chr", "n") NODE("None", "chr", "n") "</Node>")));
  nothing_of_the_plugin_was_changed(d, "404");
}

static void a_node_that_is_there_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d, COMMAND("Add", "5", "./Vendor/Probe",
                      TNDS_META DOC(NODE_WITH("a", "chr", "", "n") NODE("Number", "int", "1"))));
  /* "a" is no node of Probe itself */
  nothing_of_the_plugin_was_changed(d, "404");
  omadm_session_free(d->session);
  exchange(d, COMMAND("Add", "5", "./Vendor/Probe/List",
                      TNDS_META DOC(NODE("a", "chr", "1") NODE("b", "chr", "2"))));
  expect_status(d, "5", "200");
  omadm_session_free(d->session);
  probe_calls[0] = '\0';
  exchange(d, COMMAND("Add", "5", "./Vendor/Probe/List",
                      TNDS_META DOC(NODE("c", "chr", "1") NODE("b", "chr", "2"))));
  nothing_of_the_plugin_was_changed(d, "418");
}

static void an_acl_or_a_title_that_is_none_reaches_no_slot(void **state) {
  device *d = *state;
  exchange(d, COMMAND("Replace", "5", "./Vendor/Probe",
                      TNDS_META DOC(TARGET(NODE("Number", "int", "1") NODE_WITH(
                          "Value", "chr", "<ACL>Get</ACL>", "new")))));
  nothing_of_the_plugin_was_changed(d, "415");
  omadm_session_free(d->session);
  static char commands[2000];
  char title[300];
  memset(title, 't', sizeof title - 1);
  title[sizeof title - 1] = '\0';
  snprintf(
      commands, sizeof commands, "%s%s%s",
      "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./Vendor/Probe</LocURI></Target>" TNDS_META
      "<Data><![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node>"
      "<NodeName/><RTProperties><Format><node/></Format></RTProperties>" NODE(
          "Number", "int", "1") "<Node><NodeName>Value</NodeName><RTProperties><Format><chr/>"
                                "</Format><Title>",
      title,
      "</Title></RTProperties><Value>new</Value></Node></Node></MgmtTree>]]></Data></Item>"
      "</Replace>");
  exchange(d, commands);
  nothing_of_the_plugin_was_changed(d, "413");
}

static void a_right_that_lacks_reaches_no_slot(void **state) {
  device *d = *state;
  omadm_error error = {0};
  assert_int_equal(omadm_framework_poke_acl(d->framework, omadm_str_of("./Vendor/Probe/Number"),
                                            omadm_str_of("Get=*&Replace=other"), &error),
                   0);
  probe_calls[0] = '\0';
  exchange(d,
           COMMAND("Replace", "5", "./Vendor/Probe",
                   TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Number", "int", "2")))));
  nothing_of_the_plugin_was_changed(d, "425");
}

static void a_good_document_is_run(void **state) {
  device *d = *state;
  exchange(d,
           COMMAND("Replace", "5", "./Vendor/Probe",
                   TNDS_META DOC(TARGET(NODE("Value", "chr", "new") NODE("Number", "int", "2")))));
  expect_status(d, "5", "200");
  expect_leaf(d, "./Vendor/Probe/Value", "new");
  expect_leaf(d, "./Vendor/Probe/Number", "2");
}

/* What cannot be taken back */

#define STUBBORN(id)                                                                               \
  COMMAND("Replace", id, "./Vendor/Stubborn",                                                      \
          TNDS_META DOC(TARGET(NODE("A", "chr", "1") NODE("B", "chr", "2"))))
#define ATOMIC(...) "<Atomic><CmdID>4</CmdID>" __VA_ARGS__ "</Atomic>"

static void a_document_that_fails_on_its_way_tells_its_code(void **state) {
  device *d = *state;
  stubborn.fails = 1U << 1;
  exchange(d, STUBBORN("5"));
  expect_status(d, "5", "500");
  expect_leaf(d, "./Vendor/Stubborn/A", "");
}

static void a_document_that_is_not_taken_back_tells_516(void **state) {
  device *d = *state;
  stubborn.fails = 1U << 1 | 1U << 2; /* that of B, and the way back of A */
  exchange(d, STUBBORN("5"));
  expect_status(d, "5", "516");
  expect_leaf(d, "./Vendor/Stubborn/A", "1");
}

static void a_failed_member_that_is_taken_back_keeps_its_code(void **state) {
  device *d = *state;
  stubborn.fails = 1U << 1;
  exchange(d, ATOMIC(STUBBORN("5")));
  expect_status(d, "4", "507");
  expect_status(d, "5", "500");
  expect_leaf(d, "./Vendor/Stubborn/A", "");
}

static void a_failed_member_that_is_not_taken_back_tells_516(void **state) {
  device *d = *state;
  stubborn.fails = 1U << 1 | 1U << 2;
  exchange(d, ATOMIC(STUBBORN("5")));
  expect_status(d, "4", "507");
  expect_status(d, "5", "516");
}

static void an_earlier_member_that_is_not_taken_back_tells_516(void **state) {
  device *d = *state;
  stubborn.fails = 1U << 2 | 1U << 3; /* the ways back of both */
  exchange(d, ATOMIC(STUBBORN("5") COMMAND("Delete", "6", "./Vendor/Nothing")));
  expect_status(d, "4", "507");
  expect_status(d, "5", "516");
  expect_status(d, "6", "404");
}

/* Control */

enum { MANY_NODES = 4000 };

/* A document, or as many nodes as a document would add. Free with free. */
static char *many_nodes(void) {
  const size_t room = (size_t)MANY_NODES * 160 + 1000;
  char *text = malloc(room);
  assert_non_null(text);
  int n = snprintf(text, room,
                   "<Add><CmdID>5</CmdID><Item><Target><LocURI>./Vendor/Many</LocURI></Target>%s"
                   "<Data><![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>",
                   TNDS_META);
  for (int i = 0; i < MANY_NODES; i++)
    n += snprintf(text + n, room - (size_t)n, "%s%d%s", "<Node><NodeName>n", i,
                  "</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>v</Value>"
                  "</Node>");
  snprintf(text + n, room - (size_t)n, "%s", "</MgmtTree>]]></Data></Item></Add>");
  return text;
}

static void expect_nothing_added(device *d) {
  expect_leaf(d, "./Vendor/Many/n0", NULL);
  expect_leaf(d, "./Vendor/Many/n3999", NULL);
}

static void a_long_document_gives_control_back(void **state) {
  device *d = *state;
  char *text = many_nodes();
  assert_int_equal(exchange(d, text), OMADM_SEND);
  expect_status(d, "5", "200");
  assert_true(d->pauses >= 2 * MANY_NODES / 17); /* it is checked, and done */
  expect_leaf(d, "./Vendor/Many/n3999", "v");
  free(text);
}

static void a_long_document_ends_with_message_time(void **state) {
  device *d = *state;
  char *text = many_nodes();
  d->jump = 100; /* 120 s are over in the middle of the changes */
  assert_int_equal(exchange(d, text), OMADM_SEND);
  expect_status(d, "5", "500");
  expect_nothing_added(d);
  free(text);
}

static void a_long_document_may_be_aborted(void **state) {
  device *d = *state;
  char *text = many_nodes();
  d->abort_at = 3 * MANY_NODES / 16 + MANY_NODES / 32; /* checks, titles, ACLs, half of the nodes */
  assert_int_equal(exchange(d, text), OMADM_SEND);
  assert_non_null(strstr(d->sent, "<Data>1223</Data>"));
  expect_nothing_added(d);
  free(text);
}

static void add_many(device *d) {
  omadm_error error = {0};
  for (int i = 0; i < MANY_NODES; i++) {
    char uri[60];
    snprintf(uri, sizeof uri, "./Vendor/Many/n%d", i);
    assert_int_equal(omadm_framework_poke(d->framework, omadm_str_of(uri), OMADM_FORMAT_ABSENT,
                                          (omadm_str){NULL, 0}, omadm_str_of("v"), &error),
                     0);
  }
}

#define LIST(form)                                                                                 \
  "<Get><CmdID>5</CmdID><Item><Target><LocURI>./Vendor/Many?list=" form                            \
  "</LocURI></Target></Item></Get>"

static void a_long_list_gives_control_back(void **state) {
  device *d = *state;
  add_many(d);
  assert_int_equal(exchange(d, LIST("TNDS")), OMADM_SEND);
  assert_true(d->pauses >= MANY_NODES / 17);
}

static void a_long_list_ends_with_message_time(void **state) {
  device *d = *state;
  add_many(d);
  d->jump = 1000;
  assert_int_equal(exchange(d, LIST("Struct")), OMADM_SEND);
  expect_status(d, "5", "500");
  assert_null(strstr(d->sent, "<Results>"));
}

static void a_long_list_may_be_aborted(void **state) {
  device *d = *state;
  add_many(d);
  d->abort_at = 20;
  assert_int_equal(exchange(d, LIST("StructData")), OMADM_SEND);
  assert_non_null(strstr(d->sent, "<Data>1223</Data>"));
  assert_null(strstr(d->sent, "<Results>"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define BOTH(name) TEST(name), cmocka_unit_test_setup_teardown(name, set_up_late, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      BOTH(a_bad_value_in_the_last_node_reaches_no_slot),
      BOTH(a_format_that_is_not_the_nodes_reaches_no_slot),
      BOTH(a_node_that_may_not_be_replaced_reaches_no_slot),
      BOTH(a_change_that_could_not_be_undone_reaches_no_slot),
      BOTH(a_node_that_nobody_describes_reaches_no_slot),
      BOTH(a_node_that_is_there_reaches_no_slot),
      BOTH(an_acl_or_a_title_that_is_none_reaches_no_slot),
      BOTH(a_right_that_lacks_reaches_no_slot),
      BOTH(a_good_document_is_run),
      BOTH(a_document_that_fails_on_its_way_tells_its_code),
      BOTH(a_document_that_is_not_taken_back_tells_516),
      BOTH(a_failed_member_that_is_taken_back_keeps_its_code),
      BOTH(a_failed_member_that_is_not_taken_back_tells_516),
      BOTH(an_earlier_member_that_is_not_taken_back_tells_516),
      TEST(a_long_document_gives_control_back),
      TEST(a_long_document_ends_with_message_time),
      TEST(a_long_document_may_be_aborted),
      TEST(a_long_list_gives_control_back),
      TEST(a_long_list_ends_with_message_time),
      TEST(a_long_list_may_be_aborted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
