/* SPDX-License-Identifier: MIT */
#include "tests/wire/reading.h"

static void the_header_is_read_and_trimmed(void **state) {
  wire_message *m = read_text(
      *state,
      "<?xml version='1.0' encoding='utf-8'?>\n"
      "<SyncML xmlns='SYNCML:SYNCML1.2' xml:lang='en'>\n"
      " <SyncHdr>\n"
      "  <VerDTD> 1.2 </VerDTD><VerProto>DM/1.2</VerProto>\n"
      "  <SessionID>\n2DF\n</SessionID><MsgID>7</MsgID>\n"
      "  <Target><LocURI> IMEI:1 </LocURI><LocName>dev</LocName></Target>\n"
      "  <Source>\n<LocURI>https://s/</LocURI>\n</Source>\n"
      "  <RespURI>https://s/?a=1&amp;b=2</RespURI><NoResp/>\n"
      "  <Cred><Meta><Format xmlns='syncml:metinf'>b64</Format>"
      "<Type xmlns='syncml:metinf'> syncml:auth-md5 </Type></Meta><Data>AAAA</Data></Cred>\n"
      "  <Meta><MaxMsgSize xmlns='syncml:metinf'>5000</MaxMsgSize>"
      "<MaxObjSize xmlns='syncml:metinf'>1000000</MaxObjSize></Meta>\n"
      " </SyncHdr>\n"
      " <SyncBody><Final/></SyncBody>\n"
      "</SyncML>\n");
  assert_true(m->has_header);
  assert_span(m->ver_dtd, "1.2");
  assert_span(m->ver_proto, "DM/1.2");
  assert_span(m->session_id, "2DF");
  assert_span(m->msg_id, "7");
  assert_span(m->target, "IMEI:1");
  assert_span(m->target_name, "dev");
  assert_span(m->source, "https://s/");
  assert_null(m->source_name.ptr);
  assert_span(m->resp_uri, "https://s/?a=1&b=2");
  assert_true(m->no_resp);
  assert_true(m->cred.present);
  assert_span(m->cred.meta.format, "b64");
  assert_span(m->cred.meta.type, "syncml:auth-md5");
  assert_span(m->cred.data, "AAAA");
  assert_span(m->meta.max_msg_size, "5000");
  assert_span(m->meta.max_obj_size, "1000000");
  assert_true(m->final);
  assert_null(m->commands);
  assert_int_equal(quirks_of(m), 0);
}

static void an_empty_or_missing_header_is_none(void **state) {
  static const char *const texts[] = {
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/><SyncBody><Final/></SyncBody></SyncML>",
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr> \n "
      "</SyncHdr><SyncBody><Final></Final></SyncBody></SyncML>",
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Final/></SyncBody></SyncML>",
  };
  for (size_t i = 0; i < 3; i++) {
    wire_message *m = read_text(*state, texts[i]);
    assert_false(m->has_header);
    assert_null(m->msg_id.ptr);
    assert_true(m->final);
  }
}

static void items_keep_order_and_values(void **state) {
  wire_command *c = read_body(
      *state,
      "<Replace><CmdID> 4 </CmdID><NoResp/>"
      "<Meta><Format xmlns='syncml:metinf'>int</Format></Meta>"
      "<Item><Target><LocURI> ./A </LocURI><LocName>n</LocName></Target><Data> 1 </Data></Item>"
      "<Item><Target><LocURI>./B</LocURI></Target><Data/></Item>"
      "<Item><Source><LocURI>./C</LocURI></Source>"
      "<Meta><Size xmlns='syncml:metinf'>9</Size><Mark xmlns='syncml:metinf'>fatal</Mark></Meta>"
      "<Data>x</Data><MoreData/></Item></Replace>");
  assert_int_equal(c->kind, WIRE_REPLACE);
  assert_span(c->name, "Replace");
  assert_span(c->cmd_id, "4");
  assert_true(c->no_resp);
  assert_span(c->meta.format, "int");
  assert_int_equal(c->n_items, 3);
  wire_item *i = c->items;
  assert_span(i->target, " ./A ");
  assert_span(i->target_name, "n");
  assert_span(i->data, " 1 ");
  assert_null(i->meta.format.ptr);
  i = i->next;
  assert_span(i->target, "./B");
  assert_null(i->target_name.ptr);
  assert_span(i->data, "");
  i = i->next;
  assert_null(i->target.ptr);
  assert_span(i->source, "./C");
  assert_span(i->meta.size, "9");
  assert_span(i->meta.mark, "fatal");
  assert_true(i->more_data);
  assert_null(i->next);
  assert_null(c->next);
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

static void commands_come_in_document_order_with_their_lines(void **state) {
  reading *r = *state;
  wire_message *m = read_text(
      r, "<SyncML xmlns='SYNCML:SYNCML1.2'>\n<SyncBody>\n<Get><CmdID>1</CmdID></Get><Exec>\n"
         "<CmdID>2</CmdID><Correlator>c 1</Correlator><Item/></Exec>\n\n"
         "<Alert><CmdID>3</CmdID><Data> 1100 "
         "</Data><Correlator>x</Correlator></Alert></SyncBody></SyncML>");
  wire_command *c = m->commands;
  assert_int_equal(m->n_commands, 3);
  assert_int_equal(c->kind, WIRE_GET);
  assert_int_equal(c->line, 3);
  assert_int_equal(c->n_items, 0);
  c = c->next;
  assert_int_equal(c->kind, WIRE_EXEC);
  assert_int_equal(c->line, 3);
  assert_span(c->correlator, "c 1");
  assert_int_equal(c->n_items, 1);
  c = c->next;
  assert_int_equal(c->kind, WIRE_ALERT);
  assert_int_equal(c->line, 6);
  assert_span(c->data, "1100");
  assert_span(c->correlator, "x");
  assert_false(m->final);
}

static void members_of_groups_go_to_members(void **state) {
  wire_command *c = read_body(
      *state, "<Sequence><CmdID>1</CmdID><Meta><Type xmlns='syncml:metinf'>t</Type></Meta>"
              "<Get><CmdID>2</CmdID></Get>"
              "<Atomic><CmdID>3</CmdID><Add><CmdID>4</CmdID></Add><Delete><CmdID>5</CmdID></"
              "Delete></Atomic>"
              "<Exec><CmdID>6</CmdID></Exec></Sequence><Copy><CmdID>7</CmdID></Copy>");
  reading *r = *state;
  assert_int_equal(r->message->n_commands, 7);
  assert_int_equal(c->kind, WIRE_SEQUENCE);
  assert_span(c->meta.type, "t");
  wire_command *get = c->members;
  assert_int_equal(get->kind, WIRE_GET);
  wire_command *atomic = get->next;
  assert_int_equal(atomic->kind, WIRE_ATOMIC);
  assert_int_equal(atomic->members->kind, WIRE_ADD);
  assert_int_equal(atomic->members->next->kind, WIRE_DELETE);
  assert_null(atomic->members->next->next);
  assert_int_equal(atomic->next->kind, WIRE_EXEC);
  assert_int_equal(c->next->kind, WIRE_COPY);
  assert_int_equal(quirks_of(r->message), 0);
}

static void a_status_is_read_with_its_references(void **state) {
  wire_command *c = read_body(
      *state, "<Status><CmdID>1</CmdID><MsgRef> 1</MsgRef><CmdRef>0 </CmdRef><Cmd>SyncHdr</Cmd>"
              "<TargetRef>a</TargetRef><TargetRef>b</TargetRef><SourceRef>c</SourceRef>"
              "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format>"
              "<Type xmlns='syncml:metinf'>syncml:auth-md5</Type>"
              "<NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta></Chal>"
              "<Data> 407 </Data><Item><Data>1.2</Data></Item></Status>");
  assert_int_equal(c->kind, WIRE_STATUS);
  assert_span(c->msg_ref, "1");
  assert_span(c->cmd_ref, "0");
  assert_span(c->cmd, "SyncHdr");
  assert_span(c->target_ref, "a");
  assert_span(c->source_ref, "c");
  assert_true(c->has_chal);
  assert_span(c->chal.next_nonce, "Tm9uY2U=");
  assert_span(c->data, "407");
  assert_span(c->items->data, "1.2");
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

static void results_are_read(void **state) {
  wire_command *c = read_body(
      *state, "<Results><CmdID>1</CmdID><CmdRef>2</CmdRef><Cmd>Get</Cmd><Item><Source><LocURI>./A"
              "</LocURI></Source><Data>v</Data></Item></Results>");
  assert_int_equal(c->kind, WIRE_RESULTS);
  assert_null(c->msg_ref.ptr);
  assert_span(c->cmd, "Get");
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

static void an_unknown_element_in_command_position_is_a_command(void **state) {
  wire_command *c = read_body(
      *state, "<Set><CmdID>9</CmdID><What><Item/></What></Set><GET/>"
              "<Atomic><CmdID>10</CmdID><x:Add xmlns:x='urn:x'><CmdID>11</CmdID></x:Add></Atomic>"
              "<Map><CmdID>12</CmdID><MapItem/></Map><Item/><a:/><:b/>");
  assert_int_equal(c->kind, WIRE_UNKNOWN);
  assert_span(c->name, "Set");
  assert_span(c->cmd_id, "9");
  assert_int_equal(c->n_items, 0);
  c = c->next;
  assert_int_equal(c->kind, WIRE_UNKNOWN);
  assert_span(c->name, "GET");
  assert_null(c->cmd_id.ptr);
  c = c->next;
  assert_int_equal(c->members->kind, WIRE_UNKNOWN);
  assert_span(c->members->name, "Add");
  assert_span(c->members->cmd_id, "11");
  c = c->next;
  assert_int_equal(c->kind, WIRE_MAP);
  assert_span(c->cmd_id, "12");
  c = c->next;
  assert_span(c->name, "Item");
  assert_span(c->next->name, "a:");
  assert_span(c->next->next->name, "b");
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

/* OMA-TS-DM_RepPro 6.3.1: the same octets in each form. */
static void data_is_the_characters_parsed(void **state) {
  static const struct {
    const char *written, *value;
  } rows[] = {
      {"<Data>abc</Data>", "abc"},
      {"<Data>  a\nb  </Data>", "  a\nb  "},
      {"<Data>a\r\nb\rc</Data>", "a\nb\nc"},
      {"<Data>a&#13;&#10;b</Data>", "a\r\nb"},
      {"<Data>&lt;a b=&quot;c&quot;&gt;&amp;&apos;</Data>", "<a b=\"c\">&'"},
      {"<Data><![CDATA[<x/>\n&amp;]]></Data>", "<x/>\n&amp;"},
      {"<Data>\n <![CDATA[a]]>b<![CDATA[]]]></Data>", "\n ab]"},
      {"<Data>a<!-- - -->b<?pi ?>c</Data>", "abc"},
      {"<!-- x --><Data><!----></Data>", ""},
      {"<Data xmlns='SYNCML:SYNCML1.2'>&#xE9;\xC3\xA9</Data>", "\xC3\xA9\xC3\xA9"},
      {"<Data>&lt;SyncML&gt;</Data>", "<SyncML>"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[256];
    snprintf(body, sizeof body, "<Add><CmdID>1</CmdID><Item>%s</Item></Add>", rows[i].written);
    wire_command *c = read_body(*state, body);
    assert_span(c->items->data, rows[i].value);
    assert_false(c->items->data_has_elements);
    assert_int_equal(quirks_of(((reading *)*state)->message), 0);
  }
}

static void data_with_elements_is_its_source(void **state) {
  static const char *const rows[] = {
      "<a/>",
      "\r\n <SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Final/></SyncBody></SyncML>\r\n",
      "x &amp; <a b='c'>&lt;</a ><!-- </Data> --> y",
      "<![CDATA[</Data>]]><Data><Data/></Data>",
      "<x:a xmlns:x='urn:x' xmlns='syncml:metinf'>\xC3\xA9</x:a>",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[400];
    snprintf(body, sizeof body,
             "<Add><CmdID>1</CmdID><Item><Meta><Format xmlns='syncml:metinf'>xml</Format></Meta>"
             "<Data\n>%s</Data></Item></Add><Get><CmdID>2</CmdID></Get>",
             rows[i]);
    wire_command *c = read_body(*state, body);
    assert_span(c->items->data, rows[i]);
    assert_true(c->items->data_has_elements);
    assert_int_equal(c->next->kind, WIRE_GET);
    assert_false(((reading *)*state)->message->final);
    assert_int_equal(quirks_of(((reading *)*state)->message), 0);
  }
}

static void values_point_into_the_body(void **state) {
  reading *r = *state;
  wire_command *c =
      read_body(r, "<Add><CmdID>1</CmdID><Item><Data>line\nline <![CDATA[x]]></Data></Item>"
                   "<Item><Data><![CDATA[ab\ncd]]></Data></Item></Add>");
  omadm_str joined = c->items->data;
  omadm_str plain = c->items->next->data;
  assert_span(joined, "line\nline x");
  assert_span(plain, "ab\ncd");
  assert_true(plain.ptr > r->body && plain.ptr < r->body + 2000);
  assert_false(joined.ptr > r->body && joined.ptr < r->body + 2000);
}

/* OMA-TS-SyncML_RepPro 5.4: the namespace on the child, on Meta, on MetInf, or by a prefix. */
static void metinf_may_be_declared_anywhere(void **state) {
  static const char *const rows[] = {
      "<Meta><Format xmlns='syncml:metinf'>int</Format><Type "
      "xmlns='syncml:metinf'>t/t</Type></Meta>",
      "<Meta xmlns='syncml:metinf'><Format>int</Format><Type>t/t</Type></Meta>",
      "<Meta><MetInf xmlns='syncml:metinf'><Format>int</Format><Type>t/t</Type></MetInf></Meta>",
      "<Meta xmlns:A='syncml:metinf'><A:Format>int</A:Format><A:Type>t/t</A:Type></Meta>",
      "<A:Meta xmlns:A='syncml:metinf'><A:Type>t/t</A:Type><A:Format>int</A:Format></A:Meta>",
      "<Meta><Type xmlns='syncml:metinf'>t/t</Type><Anchor "
      "xmlns='syncml:metinf'><Last>1</Last></Anchor>"
      "<EMI xmlns='syncml:metinf'>x<y/></EMI><Format xmlns='syncml:metinf'>int</Format></Meta>",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[400];
    snprintf(body, sizeof body,
             "<Add><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target>%s<Data>1</Data></"
             "Item></Add>",
             rows[i]);
    wire_command *c = read_body(*state, body);
    assert_span(c->items->meta.format, "int");
    assert_span(c->items->meta.type, "t/t");
    assert_span(c->items->data, "1");
    assert_int_equal(quirks_of(((reading *)*state)->message), 0);
  }
}

static void a_prefix_may_bind_the_whole_message(void **state) {
  wire_message *m = read_text(
      *state,
      "<s:SyncML xmlns:s='SYNCML:SYNCML1.2' xmlns='urn:x' xmlns:m='syncml:metinf'><s:SyncBody>"
      "<s:Get><s:CmdID>1</s:CmdID><s:Item><s:Meta><m:Type>t/t</m:Type></s:Meta></s:Item></s:Get>"
      "<s:Final/></s:SyncBody></s:SyncML>");
  assert_int_equal(m->commands->kind, WIRE_GET);
  assert_span(m->commands->cmd_id, "1");
  assert_span(m->commands->items->meta.type, "t/t");
  assert_true(m->final);
  assert_int_equal(quirks_of(m), 0);
}

static void declarations_end_with_their_element(void **state) {
  wire_command *c = read_body(
      *state,
      "<Add><x xmlns='urn:x' xmlns:s='urn:s'/><CmdID>1</CmdID><s:Item xmlns:s='SYNCML:SYNCML1.2'>"
      "<s:Data xmlns:s='urn:s'>no</s:Data><s:Data>yes</s:Data></s:Item></Add>");
  assert_span(c->cmd_id, "1");
  assert_int_equal(c->n_items, 1);
  assert_span(c->items->data, "yes");
}

static void the_last_of_duplicates_wins(void **state) {
  wire_command *c = read_body(*state, "<Add><CmdID>1</CmdID><CmdID>2</CmdID><Item>"
                                      "<Target><LocURI>./A</LocURI><LocName>n</LocName></"
                                      "Target><Target><LocURI>./B</LocURI></Target>"
                                      "<Data><x/></Data><Data>two</Data></Item></Add>");
  assert_span(c->cmd_id, "2");
  assert_span(c->items->target, "./B");
  assert_null(c->items->target_name.ptr);
  assert_span(c->items->data, "two");
  assert_false(c->items->data_has_elements);
}

static void what_data_synchronisation_uses_is_skipped(void **state) {
  wire_command *c = read_body(
      *state, "<Get><CmdID>1</CmdID><NoResp/><Lang>en</Lang><Cred><Data>x</Data></Cred><Item>"
              "<Target><LocURI>./A</LocURI><Filter><Meta/></Filter></Target>"
              "<SourceParent><LocURI>./P</LocURI></SourceParent></Item></Get>"
              "<Delete><CmdID>2</CmdID><Archive/><SftDel/></Delete>");
  assert_span(c->items->target, "./A");
  assert_false(((reading *)*state)->message->cred.present);
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

static void a_doctype_without_a_subset_is_skipped(void **state) {
  wire_message *m = read_text(
      *state,
      "<!DOCTYPE SyncML PUBLIC '-//SYNCML//DTD SyncML 1.2//EN' 'http://localhost:1/x.dtd'>" MESSAGE(
          "<Get><CmdID>1</CmdID></Get>"));
  assert_int_equal(m->n_commands, 1);
  read_text(*state, "<!DOCTYPE SyncML>" MESSAGE(""));
}

static void every_encoding_gives_the_same_message(void **state) {
  reading *r = *state;
  static const char text[] =
      MESSAGE("<Add><CmdID>1</CmdID><Item><Data>\xC3\xA9</Data></Item></Add>");
  static const struct {
    const char *charset, *mark;
    bool wide, little, latin;
  } rows[] = {
      {"", "", false, false, false},
      {"utf-8", "\xEF\xBB\xBF", false, false, false},
      {"ISO-8859-1", "\xEF\xBB\xBF", false, false, false},
      {"ISO-8859-1", "", false, false, true},
      {"", "\xFF\xFE", true, true, false},
      {"utf-8", "\xFE\xFF", true, false, false},
      {"UTF-16", "", true, false, false},
      {"UTF-16LE", "", true, true, false},
      {"utf-16be", "", true, false, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[1200];
    size_t n = strlen(rows[i].mark);
    memcpy(body, rows[i].mark, n);
    for (const char *p = text; *p != '\0'; p++) {
      unsigned char c = (unsigned char)*p;
      if ((rows[i].wide || rows[i].latin) && c == 0xC3) c = 0xE9, p++;
      if (rows[i].wide && !rows[i].little) body[n++] = 0;
      body[n++] = (char)c;
      if (rows[i].wide && rows[i].little) body[n++] = 0;
    }
    if (read_octets(r, (omadm_str){body, n}, rows[i].charset) != 0)
      fail_msg("row %zu: %s", i, r->error.text);
    assert_span(r->message->commands->items->data, "\xC3\xA9");
    assert_int_equal(quirks_of(r->message), 0);
  }
}

static void characters_beyond_the_first_plane_come_through_utf_16(void **state) {
  reading *r = *state;
  static const char head[] = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Add><Item><Data>";
  static const char tail[] = "</Data></Item></Add></SyncBody></SyncML>";
  char body[400] = "\xFE\xFF";
  size_t n = 2;
  for (const char *p = head; *p != '\0'; p++)
    body[n++] = 0, body[n++] = *p;
  memcpy(body + n, "\xD8\x3D\xDE\x00\x20\xAC", 6);
  n += 6;
  for (const char *p = tail; *p != '\0'; p++)
    body[n++] = 0, body[n++] = *p;
  assert_int_equal(read_octets(r, (omadm_str){body, n}, ""), 0);
  assert_span(r->message->commands->items->data, "\xF0\x9F\x98\x80\xE2\x82\xAC");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      READ_TEST(the_header_is_read_and_trimmed),
      READ_TEST(an_empty_or_missing_header_is_none),
      READ_TEST(items_keep_order_and_values),
      READ_TEST(commands_come_in_document_order_with_their_lines),
      READ_TEST(members_of_groups_go_to_members),
      READ_TEST(a_status_is_read_with_its_references),
      READ_TEST(results_are_read),
      READ_TEST(an_unknown_element_in_command_position_is_a_command),
      READ_TEST(data_is_the_characters_parsed),
      READ_TEST(data_with_elements_is_its_source),
      READ_TEST(values_point_into_the_body),
      READ_TEST(metinf_may_be_declared_anywhere),
      READ_TEST(a_prefix_may_bind_the_whole_message),
      READ_TEST(declarations_end_with_their_element),
      READ_TEST(the_last_of_duplicates_wins),
      READ_TEST(what_data_synchronisation_uses_is_skipped),
      READ_TEST(a_doctype_without_a_subset_is_skipped),
      READ_TEST(every_encoding_gives_the_same_message),
      READ_TEST(characters_beyond_the_first_plane_come_through_utf_16),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
