/* SPDX-License-Identifier: MIT */
#include "omadm/wire/write.h"

#include "omadm/wire/xml_writer.h"

#include "tests/wire/reading.h"

#include <stdlib.h>

#define S(literal) ((omadm_str)OMADM_STR(literal))

typedef struct writing {
  omadm_buf out;
  wire_writer writer;
} writing;

static int begin(void **state) {
  writing *w = calloc(1, sizeof *w);
  if (w == NULL) return -1;
  omadm_buf_init(&w->out, NULL, 0);
  w->writer.out = &w->out;
  *state = w;
  return 0;
}

static int end(void **state) {
  writing *w = *state;
  omadm_buf_dispose(&w->out);
  free(w);
  return 0;
}

/* What was written since the last look. */
static void assert_written(writing *w, const char *expected) {
  assert_span(omadm_buf_str(&w->out), expected);
  w->out.len = 0;
}

#define NS " xmlns=\"syncml:metinf\""

static void a_header_of_the_windows_dialect(void **state) {
  writing *w = *state;
  const wire_out_header header = {.session_id = S("5"),
                                  .msg_id = S("1"),
                                  .target = S("https://s/?a=1&b=2"),
                                  .source = S("dev")};
  assert_int_equal(wire_write_begin(&w->writer, &header), 0);
  assert_written(
      w,
      "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5</SessionID><MsgID>1</MsgID><Target><LocURI>https://s/?a=1&amp;b=2</LocURI></"
      "Target>"
      "<Source><LocURI>dev</LocURI></Source></SyncHdr><SyncBody>");
}

static void a_header_with_everything(void **state) {
  writing *w = *state;
  const wire_out_header header = {.session_id = S("5"),
                                  .msg_id = S("1"),
                                  .target = S("t"),
                                  .source = S("s"),
                                  .source_name = S("<user>"),
                                  .cred_type = S("syncml:auth-md5"),
                                  .cred_data = S("AAAA"),
                                  .max_msg_size = 65536,
                                  .max_obj_size = 18446744073709551615U};
  assert_int_equal(wire_write_begin(&w->writer, &header), 0);
  assert_written(
      w,
      "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5</SessionID><MsgID>1</MsgID><Target><LocURI>t</LocURI></Target>"
      "<Source><LocURI>s</LocURI><LocName>&lt;user&gt;</LocName></Source>"
      "<Cred><Meta><Format" NS ">b64</Format><Type" NS
      ">syncml:auth-md5</Type></Meta><Data>AAAA</Data></Cred>"
      "<Meta><MaxMsgSize" NS ">65536</MaxMsgSize><MaxObjSize" NS
      ">18446744073709551615</MaxObjSize></Meta>"
      "</SyncHdr><SyncBody>");
}

static void a_status(void **state) {
  writing *w = *state;
  wire_out_status status = {.cmd_id = S("1"),
                            .msg_ref = S("2"),
                            .cmd_ref = S("0"),
                            .cmd = S("SyncHdr"),
                            .code = OMADM_ST_OK};
  assert_int_equal(wire_write_status(&w->writer, &status), 0);
  assert_written(w, "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</"
                    "Cmd><Data>200</Data></Status>");
  /* [MS-MDM]: a command without CmdID is answered with an empty CmdRef. */
  status.cmd_ref = S("");
  status.cmd = S("Get");
  status.target_ref = S("./A");
  status.source_ref = S("./B");
  status.chal_type = S("syncml:auth-md5");
  status.chal_nonce = S("Tm9uY2U=");
  const wire_out_item item = {.has_data = true, .data = S("1.2")};
  status.items = &item;
  status.n_items = 1;
  assert_int_equal(wire_write_status(&w->writer, &status), 0);
  assert_written(
      w,
      "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef/><Cmd>Get</Cmd><TargetRef>./A</TargetRef>"
      "<SourceRef>./B</SourceRef><Chal><Meta><Format" NS ">b64</Format><Type" NS
      ">syncml:auth-md5</Type>"
      "<NextNonce" NS
      ">Tm9uY2U=</NextNonce></Meta></Chal><Data>200</Data><Item><Data>1.2</Data></Item></Status>");
  status = (wire_out_status){
      .cmd_id = S("1"), .chal_type = S("syncml:auth-basic"), .code = OMADM_ST_MISSING_CREDENTIALS};
  assert_int_equal(wire_write_status(&w->writer, &status), 0);
  assert_written(w, "<Status><CmdID>1</CmdID><MsgRef/><CmdRef/><Cmd/><Chal><Meta><Format" NS
                    ">b64</Format>"
                    "<Type" NS ">syncml:auth-basic</Type></Meta></Chal><Data>407</Data></Status>");
}

static void results_of_several_items(void **state) {
  writing *w = *state;
  const wire_out_item items[] = {
      {.source = S("./A"), .has_data = true, .data = S("x")},
      {.source = S("./B"),
       .meta = {.format = OMADM_FORMAT_INT, .type = S("text/plain"), .size = 12},
       .has_data = true,
       .data = S("")},
      {.target = S("./T"),
       .source = S("./C"),
       .meta = {.format = OMADM_FORMAT_NODE},
       .more_data = true},
  };
  assert_int_equal(wire_write_results(&w->writer, S("3"), S("1"), S("2"), items, 3), 0);
  assert_written(w,
                 "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef>"
                 "<Item><Source><LocURI>./A</LocURI></Source><Data>x</Data></Item>"
                 "<Item><Source><LocURI>./B</LocURI></Source><Meta><Format" NS
                 ">int</Format><Type" NS ">text/plain</Type>"
                 "<Size" NS ">12</Size></Meta><Data/></Item>"
                 "<Item><Target><LocURI>./T</LocURI></Target><Source><LocURI>./C</LocURI></Source>"
                 "<Meta><Format" NS ">node</Format></Meta><MoreData/></Item></Results>");
}

static void alerts_order_meta_by_dialect(void **state) {
  writing *w = *state;
  const wire_out_item item = {
      .meta = {.format = OMADM_FORMAT_INT, .type = S("t"), .mark = OMADM_MARK_CRITICAL},
      .has_data = true,
      .data = S("1")};
  wire_out_alert alert = {.cmd_id = S("4"), .code = 1226, .items = &item, .n_items = 1};
  assert_int_equal(wire_write_alert(&w->writer, &alert), 0);
  assert_written(w, "<Alert><CmdID>4</CmdID><Data>1226</Data><Item><Meta><Format" NS
                    ">int</Format><Type" NS ">t</Type>"
                    "<Mark" NS ">critical</Mark></Meta><Data>1</Data></Item></Alert>");
  w->writer.type_before_format = true;
  alert.correlator = S("c");
  assert_int_equal(wire_write_alert(&w->writer, &alert), 0);
  assert_written(
      w,
      "<Alert><CmdID>4</CmdID><Data>1226</Data><Correlator>c</Correlator><Item><Meta><Type" NS
      ">t</Type>"
      "<Format" NS ">int</Format><Mark" NS ">critical</Mark></Meta><Data>1</Data></Item></Alert>");
  /* Results do not change with it. */
  assert_int_equal(wire_write_results(&w->writer, S("1"), S("1"), S("1"), &item, 1), 0);
  assert_non_null(strstr(w->out.ptr, "<Format" NS ">int</Format><Type"));
  w->out.len = 0;
  alert = (wire_out_alert){.cmd_id = S("2"), .code = 1201};
  assert_int_equal(wire_write_alert(&w->writer, &alert), 0);
  assert_written(w, "<Alert><CmdID>2</CmdID><Data>1201</Data></Alert>");
}

/* The first message of a Windows client (its shape was observed), octet by octet. */
static void package_1_is_that_of_a_native_client(void **state) {
  writing *w = *state;
  w->writer.type_before_format = true;
  const wire_out_header header = {.session_id = S("1"),
                                  .msg_id = S("1"),
                                  .target = S("https://mdm.example.com/"),
                                  .source = S("D")};
  const wire_out_item status = {
      .meta = {.type = S("com.microsoft/MDM/LoginStatus")}, .has_data = true, .data = S("user")};
  const wire_out_item leaves[] = {
      {.source = S("./DevInfo/DevId"), .has_data = true, .data = S("D")},
      {.source = S("./DevInfo/Lang"), .has_data = true, .data = S("en-US")}};
  const wire_out_alert first = {.cmd_id = S("2"), .code = 1201};
  const wire_out_alert second = {.cmd_id = S("3"), .code = 1224, .items = &status, .n_items = 1};
  assert_int_equal(wire_write_begin(&w->writer, &header), 0);
  assert_int_equal(wire_write_alert(&w->writer, &first), 0);
  assert_int_equal(wire_write_alert(&w->writer, &second), 0);
  assert_int_equal(wire_write_replace(&w->writer, S("4"), leaves, 2), 0);
  assert_int_equal(wire_write_end(&w->writer, true), 0);
  assert_written(
      w,
      "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>https://mdm.example.com/</LocURI></"
      "Target>"
      "<Source><LocURI>D</LocURI></Source></SyncHdr><SyncBody><Alert><CmdID>2</CmdID><Data>1201</"
      "Data></Alert>"
      "<Alert><CmdID>3</CmdID><Data>1224</Data><Item><Meta><Type xmlns=\"syncml:metinf\">"
      "com.microsoft/MDM/LoginStatus</Type></Meta><Data>user</Data></Item></"
      "Alert><Replace><CmdID>4</CmdID>"
      "<Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>D</Data></Item>"
      "<Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>en-US</Data></Item></Replace>"
      "<Final/></SyncBody></SyncML>");
}

static void text_is_escaped_where_it_must_be(void **state) {
  writing *w = *state;
  static const struct {
    const char *text, *written;
  } rows[] = {
      {"", ""},
      {"plain \"text\" 'x'", "plain \"text\" 'x'"},
      {"a<b>c&d", "a&lt;b&gt;c&amp;d"},
      {"]]>", "]]&gt;"},
      {"\r\n\t", "&#13;\n\t"},
      {"&&", "&amp;&amp;"},
      {"\xC3\xA9<\xF0\x9F\x98\x80", "\xC3\xA9&lt;\xF0\x9F\x98\x80"},
      {"\x7F\xC2\x85", "\x7F\xC2\x85"},
      {"a\x01z", "a\xEF\xBF\xBDz"},
      {"\xFF", "\xEF\xBF\xBD"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    xml_writer x = {.out = &w->out};
    omadm_buf_add(&w->out, "", 0);
    xml_writer_text(&x, omadm_str_of(rows[i].text));
    assert_int_equal(x.err, 0);
    assert_true(omadm_str_is(omadm_buf_str(&w->out), rows[i].written));
    w->out.len = 0;
  }
}

static void a_value_that_xml_cannot_carry_goes_as_base64(void **state) {
  writing *w = *state;
  static const struct {
    omadm_str value;
    const char *base64;
  } rows[] = {
      {OMADM_STR("\0"), "AA=="},
      {OMADM_STR("ab\x0B"), "YWIL"},
      {OMADM_STR("\x1F"), "Hw=="},
      {OMADM_STR("\xC3"), "ww=="},
      {OMADM_STR("<\xED\xA0\x80"), "PO2ggA=="},
      {OMADM_STR("\xEF\xBF\xBE"), "77++"},
      {OMADM_STR("\xEF\xBF\xBF"), "77+/"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const wire_out_item item = {.source = S("./A"),
                                .meta = {.format = OMADM_FORMAT_CHR},
                                .has_data = true,
                                .data = rows[i].value};
    char expected[300];
    snprintf(expected, sizeof expected,
             "<Replace><CmdID>1</CmdID><Item><Source><LocURI>./A</LocURI></Source><Meta><Format" NS
             ">b64</Format></Meta>"
             "<Data>%s</Data></Item></Replace>",
             rows[i].base64);
    assert_int_equal(wire_write_replace(&w->writer, S("1"), &item, 1), 0);
    assert_written(w, expected);
  }
  assert_true(xml_writer_carries(S("a&<>\r\n\t\xEF\xBF\xBD\xF4\x8F\xBF\xBD")));
}

/* Each call, with a full set of what it can write. */
static omadm_err write_nth(wire_writer *writer, int which) {
  static const wire_out_item items[] = {
      {.source = {"./A", 3},
       .meta = {.format = OMADM_FORMAT_INT, .size = 7},
       .has_data = true,
       .data = {"a<b", 3}},
      {.source = {"./B", 3}, .has_data = true, .data = {"\1", 1}, .more_data = true}};
  const wire_out_header header = {.session_id = S("1"),
                                  .msg_id = S("1"),
                                  .target = S("t"),
                                  .source = S("s"),
                                  .max_msg_size = 5};
  const wire_out_status status = {
      .cmd_id = S("1"), .cmd = S("Get"), .code = 200, .items = items, .n_items = 2};
  const wire_out_alert alert = {.cmd_id = S("1"), .code = 1226, .items = items, .n_items = 2};
  switch (which) {
  case 0: return wire_write_begin(writer, &header);
  case 1: return wire_write_status(writer, &status);
  case 2: return wire_write_results(writer, S("1"), S("1"), S("1"), items, 2);
  case 3: return wire_write_alert(writer, &alert);
  default: return wire_write_replace(writer, S("1"), items, 2);
  }
}

static void what_does_not_fit_leaves_the_buffer_as_it_was(void **state) {
  writing *w = *state;
  for (int which = 0; which < 5; which++) {
    omadm_buf_dispose(&w->out);
    w->out.max = 0;
    assert_int_equal(omadm_buf_add_text(&w->out, "before"), 0);
    assert_int_equal(write_nth(&w->writer, which), 0);
    size_t whole = w->out.len;
    for (size_t max = 6; max < whole; max++) {
      w->out.len = 6;
      w->out.max = max;
      assert_int_equal(write_nth(&w->writer, which), OMADM_E_LIMIT);
      assert_int_equal(w->out.len, 6);
      assert_memory_equal(w->out.ptr, "before", 6);
    }
    w->out.max = whole;
    assert_int_equal(write_nth(&w->writer, which), 0);
    assert_int_equal(w->out.len, whole);
  }
}

static void the_end_fits_into_the_reserved_tail(void **state) {
  writing *w = *state;
  w->out.max = 100;
  w->out.max -= WIRE_TAIL;
  while (omadm_buf_add(&w->out, "x", 1) == 0) {
  }
  size_t full = w->out.len;
  assert_int_equal(wire_write_end(&w->writer, true), 0);
  assert_in_range(w->out.len, full + 1, 100);
  assert_int_equal(w->out.max, 100 - WIRE_TAIL);
  w->out.len = 0;
  assert_int_equal(wire_write_end(&w->writer, false), 0);
  assert_written(w, "</SyncBody></SyncML>");
}

static void *no_memory(void *ctx, void *p, size_t n) {
  (void)ctx;
  (void)p;
  (void)n;
  return NULL;
}

static void a_failing_allocation_leaves_the_buffer_as_it_was(void **state) {
  writing *w = *state;
  omadm_mem mem = omadm_mem_default;
  for (int which = 0; which < 5; which++) {
    for (size_t room = 8; room < 300; room += 7) {
      omadm_buf_dispose(&w->out);
      omadm_buf_init(&w->out, &mem, 0);
      mem.resize = omadm_mem_default.resize;
      assert_int_equal(omadm_buf_reserve(&w->out, room), 0);
      assert_int_equal(omadm_buf_add_text(&w->out, "before"), 0);
      mem.resize = no_memory;
      omadm_err err = write_nth(&w->writer, which);
      if (err == 0) break;
      assert_int_equal(err, OMADM_E_NOMEM);
      assert_int_equal(w->out.len, 6);
    }
  }
  omadm_buf_dispose(&w->out);
  omadm_buf_init(&w->out, NULL, 0);
}

/* What is written is read back as it was. */
static void written_values_are_read_back(void **state) {
  writing *w = *state;
  static const omadm_str values[] = {
      OMADM_STR(""),
      OMADM_STR(" "),
      OMADM_STR("a\r\nb\rc\nd\t"),
      OMADM_STR("<a>&amp;]]></a>"),
      OMADM_STR("\xEF\xBF\xBD\xF4\x8F\xBF\xBD"),
      OMADM_STR("'\"\x7F"),
  };
  reading *r = NULL;
  assert_int_equal(reading_begin((void **)&r), 0);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const wire_out_header header = {.session_id = S("A1"),
                                    .msg_id = S("2"),
                                    .target = S("https://s/?a&b"),
                                    .source = S("dev"),
                                    .source_name = values[i],
                                    .cred_type = S("t"),
                                    .cred_data = S("d"),
                                    .max_msg_size = 7};
    const wire_out_item item = {
        .target = S("./T"),
        .source = S("./S<"),
        .has_data = true,
        .data = values[i],
        .more_data = true,
        .meta = {
            .format = OMADM_FORMAT_XML, .type = S("a/b"), .mark = OMADM_MARK_MINOR, .size = 99}};
    const wire_out_status status = {.cmd_id = S("1"),
                                    .msg_ref = S("2"),
                                    .cmd_ref = S("3"),
                                    .cmd = S("Get"),
                                    .code = 404,
                                    .target_ref = S("./A?prop=ACL"),
                                    .source_ref = S("b"),
                                    .chal_type = S("ct"),
                                    .chal_nonce = S("cn")};
    const wire_out_alert alert = {
        .cmd_id = S("4"), .code = 1226, .correlator = S("c"), .items = &item, .n_items = 1};
    w->out.len = 0;
    assert_int_equal(wire_write_begin(&w->writer, &header), 0);
    assert_int_equal(wire_write_status(&w->writer, &status), 0);
    assert_int_equal(wire_write_alert(&w->writer, &alert), 0);
    assert_int_equal(wire_write_end(&w->writer, true), 0);
    if (read_octets(r, omadm_buf_str(&w->out), "") != 0) fail_msg("%s", r->error.text);
    const wire_message *m = r->message;
    assert_int_equal(quirks_of(m), 0);
    assert_true(m->has_header && m->final);
    assert_span(m->session_id, "A1");
    assert_span(m->target, "https://s/?a&b");
    assert_true(omadm_str_equal(m->source_name, omadm_str_trim(values[i])));
    assert_span(m->cred.data, "d");
    assert_span(m->meta.max_msg_size, "7");
    const wire_command *c = m->commands;
    assert_span(c->target_ref, "./A?prop=ACL");
    assert_span(c->data, "404");
    assert_span(c->chal.next_nonce, "cn");
    c = c->next;
    assert_span(c->correlator, "c");
    assert_span(c->items->source, "./S<");
    assert_span(c->items->meta.mark, "minor");
    assert_span(c->items->meta.size, "99");
    assert_true(c->items->more_data);
    assert_true(omadm_str_equal(c->items->data, values[i]));
  }
  reading_end((void **)&r);
}

#define WRITE_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WRITE_TEST(a_header_of_the_windows_dialect),
      WRITE_TEST(a_header_with_everything),
      WRITE_TEST(a_status),
      WRITE_TEST(results_of_several_items),
      WRITE_TEST(alerts_order_meta_by_dialect),
      WRITE_TEST(package_1_is_that_of_a_native_client),
      WRITE_TEST(text_is_escaped_where_it_must_be),
      WRITE_TEST(a_value_that_xml_cannot_carry_goes_as_base64),
      WRITE_TEST(what_does_not_fit_leaves_the_buffer_as_it_was),
      WRITE_TEST(the_end_fits_into_the_reserved_tail),
      WRITE_TEST(a_failing_allocation_leaves_the_buffer_as_it_was),
      WRITE_TEST(written_values_are_read_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
