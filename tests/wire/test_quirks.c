/* SPDX-License-Identifier: MIT */
/* Each deviation that the reader can see is flagged where it happened, and the message means what
 * was meant. */
#include "tests/wire/reading.h"

/* Where a quirk must be noted: exactly there, and nothing else. */
typedef enum place { OF_MESSAGE, OF_COMMAND, OF_ITEM } place;

static void assert_quirks(const wire_message *m, place where, uint32_t quirks) {
  const wire_command *c = m->commands;
  assert_int_equal(m->quirks, where == OF_MESSAGE ? quirks : 0);
  assert_int_equal(c->quirks, where == OF_COMMAND ? quirks : 0);
  if (c->items != NULL) assert_int_equal(c->items->quirks, where == OF_ITEM ? quirks : 0);
}

static wire_item *read_item(void **state, const char *item) {
  char body[600];
  snprintf(body, sizeof body, "<Add><CmdID>1</CmdID><Item>%s</Item></Add>", item);
  return read_body(*state, body)->items;
}

static uint32_t item_quirks(void **state, const char *item) {
  read_item(state, item);
  const wire_message *m = ((reading *)*state)->message;
  assert_quirks(m, OF_ITEM, m->commands->items->quirks);
  return m->commands->items->quirks;
}

static uint32_t command_quirks(void **state, const char *command) {
  read_body(*state, command);
  const wire_message *m = ((reading *)*state)->message;
  assert_quirks(m, OF_COMMAND, m->commands->quirks);
  return m->commands->quirks;
}

static uint32_t message_quirks(void **state, const char *text) {
  const wire_message *m = read_text(*state, text);
  assert_int_equal(quirks_of(m), m->quirks);
  return m->quirks;
}

static void the_namespace_may_be_1_1_or_none(void **state) {
  assert_int_equal(message_quirks(state, "<SyncML xmlns='SYNCML:SYNCML1.1'>" HEADER
                                         "<SyncBody><Get/></SyncBody></SyncML>"),
                   QUIRK(NAMESPACE));
  assert_int_equal(message_quirks(state, "<SyncML>" HEADER "<SyncBody><Get/></SyncBody></SyncML>"),
                   QUIRK(NAMESPACE));
  assert_int_equal(message_quirks(state, MESSAGE("<Get xmlns=''><CmdID>1</CmdID></Get>")),
                   QUIRK(NAMESPACE));
  assert_int_equal(((reading *)*state)->message->commands->kind, WIRE_GET);
}

static void space_before_the_declaration_is_tolerated(void **state) {
  assert_int_equal(message_quirks(state, "\r\n \t<?xml version='1.0'?>" MESSAGE("<Get/>")),
                   QUIRK(LEADING_SPACE));
  assert_int_equal(((reading *)*state)->message->commands->line, 2);
  assert_int_equal(message_quirks(state, "\xEF\xBB\xBF\n<?xml version='1.0'?>" MESSAGE("<Get/>")),
                   QUIRK(LEADING_SPACE));
  assert_int_equal(message_quirks(state, "\n\n " MESSAGE("<Get/>")), 0);
  assert_int_equal(((reading *)*state)->message->commands->line, 3);
  assert_int_equal(message_quirks(state, " <?xmlish?>" MESSAGE("<Get/>")), 0);
}

static void a_declared_encoding_that_is_not_used_is_ignored(void **state) {
  assert_int_equal(
      message_quirks(state, "<?xml version='1.0' encoding='utf-16'?>" MESSAGE("<Get/>")),
      QUIRK(ENCODING_DECL));
  assert_int_equal(
      message_quirks(state, "<?xml version='1.0' encoding='nonsense'?>" MESSAGE("<Get/>")),
      QUIRK(ENCODING_DECL));
  assert_int_equal(
      message_quirks(state, "<?xml version='1.0' encoding='UTF-8'?>" MESSAGE("<Get/>")), 0);
  reading *r = *state;
  assert_int_equal(
      read_octets(r, omadm_str_of("<?xml version='1.0' encoding='UTF-8'?>" MESSAGE("<Get/>")),
                  "iso-8859-1"),
      0);
  assert_int_equal(r->message->quirks, QUIRK(ENCODING_DECL));
}

static void metinf_may_be_misspelt_or_missing(void **state) {
  static const char *const rows[] = {
      "<Meta><Type>t/t</Type></Meta>",
      "<Meta><Type xmlns='syncml:metinf '>t/t</Type></Meta>",
      "<Meta><Type xmlns='syncml:metinfo'>t/t</Type></Meta>",
      "<Meta xmlns='syncml:metinfo'><Type>t/t</Type></Meta>",
      "<Meta><a:Type>t/t</a:Type></Meta>",
      "<Meta><a:Type xmlns:a='urn:a'>t/t</a:Type></Meta>",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(item_quirks(state, rows[i]), QUIRK(META_NAMESPACE));
    assert_span(((reading *)*state)->message->commands->items->meta.type, "t/t");
  }
  assert_int_equal(
      command_quirks(state, "<Add><CmdID>1</CmdID><Meta><Format>int</Format></Meta></Add>"),
      QUIRK(META_NAMESPACE));
  assert_int_equal(
      command_quirks(state, "<Status><CmdID>1</CmdID><CmdRef>1</CmdRef><Chal><Meta><Type>t</Type></"
                            "Meta></Chal></Status>"),
      QUIRK(META_NAMESPACE));
  assert_int_equal(
      message_quirks(
          state,
          "<SyncML "
          "xmlns='SYNCML:SYNCML1.2'><SyncHdr><MsgID>1</MsgID><Meta><MaxMsgSize>1</MaxMsgSize>"
          "</Meta></SyncHdr><SyncBody/></SyncML>"),
      QUIRK(META_NAMESPACE));
}

static void meta_may_stand_outside_of_meta(void **state) {
  assert_int_equal(
      item_quirks(
          state,
          "<Meta/><Type xmlns='syncml:metinf'> t/t </Type><Format>int</Format><Data>1</Data>"),
      QUIRK(META_OUTSIDE));
  wire_item *i = ((reading *)*state)->message->commands->items;
  assert_span(i->meta.type, "t/t");
  assert_span(i->meta.format, "int");
  assert_int_equal(item_quirks(state, "<Mark xmlns='syncml:metinf'>fatal</Mark>"),
                   QUIRK(META_OUTSIDE));
}

static void a_format_in_type_is_moved(void **state) {
  assert_int_equal(item_quirks(state, "<Meta><Type xmlns='syncml:metinf'> b64 </Type></Meta>"),
                   QUIRK(FORMAT_IN_TYPE));
  wire_item *i = ((reading *)*state)->message->commands->items;
  assert_span(i->meta.format, "b64");
  assert_null(i->meta.type.ptr);
  assert_int_equal(
      command_quirks(
          state, "<Add><CmdID>1</CmdID><Meta><Type xmlns='syncml:metinf'>int</Type></Meta></Add>"),
      QUIRK(FORMAT_IN_TYPE));
  assert_span(((reading *)*state)->message->commands->meta.format, "int");
  /* With a Format, or of another text, it is a Type. */
  assert_int_equal(
      item_quirks(state, "<Meta xmlns='syncml:metinf'><Type>int</Type><Format>chr</Format></Meta>"),
      0);
  assert_int_equal(item_quirks(state, "<Meta xmlns='syncml:metinf'><Type>Int</Type></Meta>"), 0);
  assert_int_equal(item_quirks(state, "<Meta xmlns='syncml:metinf'><Type/></Meta>"), 0);
}

static void children_may_come_in_any_order(void **state) {
  assert_int_equal(item_quirks(state, "<Data>1</Data><Meta/><Target><LocURI>./A</LocURI></Target>"),
                   QUIRK(ELEMENT_ORDER));
  assert_span(((reading *)*state)->message->commands->items->target, "./A");
  assert_int_equal(item_quirks(state, "<Source/><Target/>"), QUIRK(ELEMENT_ORDER));
  assert_int_equal(item_quirks(state, "<Target><LocName>n</LocName><LocURI>./A</LocURI></Target>"),
                   QUIRK(ELEMENT_ORDER));
  assert_int_equal(item_quirks(state, "<Data/><Data/>"), QUIRK(ELEMENT_ORDER));
  assert_int_equal(command_quirks(state, "<Add><Item/><CmdID>1</CmdID></Add>"),
                   QUIRK(ELEMENT_ORDER));
  assert_int_equal(
      command_quirks(state,
                     "<Status><MsgRef>1</MsgRef><CmdID>1</CmdID><CmdRef>1</CmdRef></Status>"),
      QUIRK(ELEMENT_ORDER));
  assert_int_equal(command_quirks(state, "<Status><CmdID>1</CmdID><CmdRef>1</CmdRef><Data>200</"
                                         "Data><TargetRef>a</TargetRef></Status>"),
                   QUIRK(ELEMENT_ORDER));
  assert_int_equal(command_quirks(state, "<Atomic><Add/><CmdID>1</CmdID></Atomic>"),
                   QUIRK(ELEMENT_ORDER));
  assert_int_equal(message_quirks(state, MESSAGE("<Final/><Get/>")), QUIRK(ELEMENT_ORDER));
  assert_int_equal(
      message_quirks(state, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody/>" HEADER "</SyncML>"),
      QUIRK(ELEMENT_ORDER));
}

static void unknown_elements_are_skipped(void **state) {
  assert_int_equal(
      command_quirks(state, "<Add><CmdID>1</CmdID><Foo a='1'><CmdID>2</CmdID>text</Foo></Add>"),
      QUIRK(UNKNOWN_ELEMENT));
  assert_span(((reading *)*state)->message->commands->cmd_id, "1");
  assert_int_equal(command_quirks(state, "<Add><x:CmdID xmlns:x='urn:x'>2</x:CmdID></Add>"),
                   QUIRK(UNKNOWN_ELEMENT));
  assert_null(((reading *)*state)->message->commands->cmd_id.ptr);
  assert_int_equal(command_quirks(state, "<Add><CmdID>1<b>2</b>3</CmdID></Add>"),
                   QUIRK(UNKNOWN_ELEMENT));
  assert_span(((reading *)*state)->message->commands->cmd_id, "13");
  assert_int_equal(command_quirks(state, "<Add><Data>1</Data></Add>"), QUIRK(UNKNOWN_ELEMENT));
  assert_int_equal(command_quirks(state, "<Add><NoResp><x/></NoResp></Add>"),
                   QUIRK(UNKNOWN_ELEMENT));
  assert_int_equal(item_quirks(state, "<Final/><LocURI>./A</LocURI>"), QUIRK(UNKNOWN_ELEMENT));
  assert_int_equal(item_quirks(state, "<Meta xmlns='syncml:metinf'><Foo/></Meta>"),
                   QUIRK(UNKNOWN_ELEMENT));
  assert_int_equal(item_quirks(state, "<x:Meta xmlns:x='urn:x'><x:Format/></x:Meta>"),
                   QUIRK(UNKNOWN_ELEMENT));
  assert_int_equal(
      message_quirks(state, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><Foo/></SyncHdr><SyncBody/>"
                            "<Bar/></SyncML>"),
      QUIRK(UNKNOWN_ELEMENT));
  assert_false(((reading *)*state)->message->has_header);
}

static void stray_text_is_ignored(void **state) {
  assert_int_equal(command_quirks(state, "<Add>// comment\n<CmdID>1</CmdID></Add>"),
                   QUIRK(STRAY_TEXT));
  assert_span(((reading *)*state)->message->commands->cmd_id, "1");
  assert_int_equal(item_quirks(state, "x<Data>1</Data>"), QUIRK(STRAY_TEXT));
  assert_int_equal(item_quirks(state, "<Target>x<LocURI>./A</LocURI></Target>"), QUIRK(STRAY_TEXT));
  assert_int_equal(item_quirks(state, "<Target><LocURI>./A</LocURI> x </Target>"),
                   QUIRK(STRAY_TEXT));
  assert_span(((reading *)*state)->message->commands->items->target, "./A");
  assert_int_equal(item_quirks(state, "<MoreData>1</MoreData>"), QUIRK(STRAY_TEXT));
  assert_int_equal(message_quirks(state, MESSAGE("<Get/> // text <Get/>")), QUIRK(STRAY_TEXT));
  assert_int_equal(message_quirks(state, MESSAGE(" \t\r\n<Get/>&#x20;<![CDATA[ ]]>")), 0);
}

static void a_bare_uri_is_one(void **state) {
  assert_int_equal(item_quirks(state, "<Target> ./A&amp;B\n</Target>"), QUIRK(BARE_URI));
  assert_span(((reading *)*state)->message->commands->items->target, "./A&B");
  assert_int_equal(item_quirks(state, "<Source><![CDATA[./A]]><LocName>n</LocName></Source>"),
                   QUIRK(STRAY_TEXT));
  assert_int_equal(item_quirks(state, "<Source> <LocName>n</LocName> ./A</Source>"),
                   QUIRK(BARE_URI));
  assert_span(((reading *)*state)->message->commands->items->source, "./A");
  assert_int_equal(item_quirks(state, "<Target> </Target>"), 0);
  assert_null(((reading *)*state)->message->commands->items->target.ptr);
}

/* The flags of the commands of a body, members after their group, as letters: d for a duplicate, -
 * for none. */
static void flags_of(const wire_command *command, char *out) {
  for (; command != NULL; command = command->next) {
    strcat(out, command->quirks == QUIRK(DUPLICATE_CMDID) ? "d" : command->quirks == 0 ? "-" : "?");
    flags_of(command->members, out);
  }
}

static void a_cmdid_for_two_commands_is_noted_at_the_later(void **state) {
  static const struct {
    const char *body, *flags;
  } rows[] = {
      {"<Get><CmdID>1</CmdID></Get><Get><CmdID>2</CmdID></Get>", "--"},
      {"<Get><CmdID>9</CmdID></Get><Get><CmdID>10</CmdID></Get>", "--"},
      {"<Get><CmdID>2</CmdID></Get><Get><CmdID> 2 </CmdID></Get>", "-d"},
      {"<Get><CmdID>2</CmdID></Get><Get><CmdID>02</CmdID></Get>", "--"},
      {"<Get><CmdID>c</CmdID></Get><Get><CmdID>a</CmdID></Get><Add><CmdID>c</CmdID></"
       "Add><Get><CmdID>b</CmdID></Get>"
       "<Get><CmdID>c</CmdID></Get>",
       "--d-d"},
      {"<Atomic><CmdID>1</CmdID><Add><CmdID>2</CmdID></Add><Add><CmdID>1</CmdID></Add></"
       "Atomic><Get><CmdID>2</CmdID></Get>",
       "--dd"},
      {"<Atomic><CmdID>1</CmdID><Add><CmdID>2</CmdID></Add></Atomic><Get><CmdID>3</CmdID></Get>",
       "---"},
      {"<Atomic><CmdID>3</CmdID></Atomic><Get><CmdID>3</CmdID></Get>", "-d"},
      {"<Get/><Get/><Get><CmdID/></Get>", "---"},
      {"<Foo><CmdID>1</CmdID></Foo><Get><CmdID>1</CmdID></Get>", "-d"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char flags[32] = "";
    flags_of(read_body(*state, rows[i].body), flags);
    assert_string_equal(flags, rows[i].flags);
  }
}

static void many_ids_in_any_order_are_all_judged(void **state) {
  enum { N = 3000 };
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody>");
  /* 14 generates the numbers below 3001, a prime: each comes once, in no order, and then once more.
   */
  for (unsigned i = 0, id = 1; i < 2 * N; i++, id = id * 14 % 3001) {
    omadm_buf_printf(&text, "<Get><CmdID>%u</CmdID></Get>", id);
  }
  omadm_buf_add_text(&text, "</SyncBody></SyncML>");
  reading *r = *state;
  assert_int_equal(read_octets(r, omadm_buf_str(&text), ""), 0);
  omadm_buf_dispose(&text);
  size_t n = 0;
  for (wire_command *c = r->message->commands; c != NULL; c = c->next, n++) {
    assert_int_equal(c->quirks, n < N ? 0 : QUIRK(DUPLICATE_CMDID));
  }
  assert_int_equal(n, 2 * N);
}

static void data_of_a_get_or_delete_is_noted(void **state) {
  static const char *const kinds[] = {"Get", "Delete", "Replace", "Exec"};
  for (size_t i = 0; i < 4; i++) {
    char body[200];
    snprintf(body, sizeof body, "<%s><CmdID>1</CmdID><Item><Data/></Item></%s>", kinds[i],
             kinds[i]);
    assert_int_equal(read_body(*state, body)->items->quirks, i < 2 ? QUIRK(GET_DATA) : 0);
  }
}

static void a_status_without_cmdref_is_noted(void **state) {
  assert_int_equal(command_quirks(state, "<Status><CmdID>1</CmdID><Cmd>Get</Cmd></Status>"),
                   QUIRK(EMPTY_CMDREF));
  assert_int_equal(command_quirks(state, "<Status><CmdID>1</CmdID><CmdRef> </CmdRef></Status>"),
                   QUIRK(EMPTY_CMDREF));
  assert_int_equal(command_quirks(state, "<Status><CmdID>1</CmdID><Cmd>SyncHdr</Cmd></Status>"), 0);
  assert_int_equal(command_quirks(state, "<Status><CmdID>1</CmdID><CmdRef>0</CmdRef></Status>"), 0);
}

static void elements_in_data_of_another_format_are_noted(void **state) {
  static const char xml[] = "<Meta><Format xmlns='syncml:metinf'>xml</Format></Meta>";
  char body[400];
  assert_int_equal(item_quirks(state, "<Data><SyncML><Final/></SyncML></Data>"),
                   QUIRK(INLINE_SYNCML));
  assert_span(((reading *)*state)->message->commands->items->data, "<SyncML><Final/></SyncML>");
  assert_int_equal(
      item_quirks(state,
                  "<Meta><Format xmlns='syncml:metinf'>chr</Format></Meta><Data><x/></Data>"),
      QUIRK(INLINE_SYNCML));
  snprintf(body, sizeof body, "<Add><CmdID>1</CmdID>%s<Item><Data><x/></Data></Item></Add>", xml);
  read_body(*state, body);
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
  snprintf(body, sizeof body,
           "<Atomic><CmdID>1</CmdID>%s<Add><CmdID>2</CmdID><Item><Data><x/></Data></Item></Add></"
           "Atomic>",
           xml);
  read_body(*state, body);
  assert_int_equal(quirks_of(((reading *)*state)->message), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      READ_TEST(the_namespace_may_be_1_1_or_none),
      READ_TEST(space_before_the_declaration_is_tolerated),
      READ_TEST(a_declared_encoding_that_is_not_used_is_ignored),
      READ_TEST(metinf_may_be_misspelt_or_missing),
      READ_TEST(meta_may_stand_outside_of_meta),
      READ_TEST(a_format_in_type_is_moved),
      READ_TEST(children_may_come_in_any_order),
      READ_TEST(unknown_elements_are_skipped),
      READ_TEST(stray_text_is_ignored),
      READ_TEST(a_bare_uri_is_one),
      READ_TEST(a_cmdid_for_two_commands_is_noted_at_the_later),
      READ_TEST(many_ids_in_any_order_are_all_judged),
      READ_TEST(data_of_a_get_or_delete_is_noted),
      READ_TEST(a_status_without_cmdref_is_noted),
      READ_TEST(elements_in_data_of_another_format_are_noted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
