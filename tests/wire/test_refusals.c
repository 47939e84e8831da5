/* SPDX-License-Identifier: MIT */
/* What is no message, or too much of one, is refused with a sentence; nothing crashes, leaks or
 * reads beyond the body. */
#include "tests/wire/reading.h"

#include <stdlib.h>

static void what_is_not_well_formed_is_refused_with_its_line(void **state) {
  static const struct {
    const char *text, *reason;
  } rows[] = {
      {"", "the body is empty"},
      {" \n ", "line 2"},
      {"<SyncML xmlns='SYNCML:SYNCML1.2'>\n<SyncBody>\n</SyncHdr></SyncML>",
       "line 3: not well-formed XML: mismatched tag"},
      {"\n\n<?xml version='1.0'?>\n<SyncML>\n<", "line 5"},
      {MESSAGE("<Get>") "<", "mismatched tag"},
      {MESSAGE("") "<x/>", "junk after document element"},
      {MESSAGE("&nbsp;"), "undefined entity"},
      {MESSAGE("<https://server1><https:// server2>"), "not well-formed"},
      {MESSAGE("<Get a='1' a='2'/>"), "duplicate attribute"},
      {MESSAGE("<Get/>\xC3"), "not well-formed"},
      {MESSAGE("<Get/>\xED\xA0\x80"), "not well-formed"},
      {MESSAGE("<Get/>\xC0\xAF"), "not well-formed"},
      {MESSAGE("<Get/>\x01"), "not well-formed"},
      {MESSAGE("&#0;"), "invalid character number"},
      {"HTTP/1.1 400 Bad Request\r\n", "not well-formed"},
      {"{\"error\": 1}", "not well-formed"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    refuse_text(*state, rows[i].text, OMADM_E_SYNTAX, rows[i].reason);
}

static void another_document_is_no_message(void **state) {
  refuse_text(*state, "<html/>", OMADM_E_SYNTAX, "the root element is \"html\", not SyncML");
  refuse_text(*state, "<SyncBody><Get/></SyncBody>", OMADM_E_SYNTAX, "\"SyncBody\"");
  refuse_text(*state, "<syncml/>", OMADM_E_SYNTAX, "not SyncML");
  refuse_text(*state, "<SyncML xmlns='urn:x'/>", OMADM_E_SYNTAX, "namespace");
  refuse_text(*state, "<SyncML xmlns='syncml:metinf'/>", OMADM_E_SYNTAX, "namespace");
  refuse_text(*state, "<x:SyncML/>", OMADM_E_SYNTAX, "namespace");
  char name[200];
  memset(name, 'a', sizeof name);
  memcpy(name + sizeof name - 3, "/>", 3);
  name[0] = '<';
  refuse_text(*state, name, OMADM_E_SYNTAX, "\"\"");
}

static void a_message_has_one_header_and_one_body(void **state) {
  refuse_text(*state, "<SyncML xmlns='SYNCML:SYNCML1.2'>" HEADER HEADER "</SyncML>", OMADM_E_SYNTAX,
              "two headers");
  refuse_text(*state, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody/><SyncBody/></SyncML>",
              OMADM_E_SYNTAX, "two bodies");
}

static void declarations_of_entities_are_refused_unread(void **state) {
  static const char *const rows[] = {
      "<!DOCTYPE SyncML []>" MESSAGE(""),
      "<!DOCTYPE SyncML SYSTEM 'x' []>" MESSAGE(""),
      "<!DOCTYPE SyncML [<!ENTITY a 'b'>]>" MESSAGE("<Get><CmdID>&a;</CmdID></Get>"),
      "<!DOCTYPE SyncML [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" MESSAGE("&a;"),
      "<!DOCTYPE SyncML [<!ENTITY % p SYSTEM 'http://localhost:1/'> %p;]>" MESSAGE(""),
      "<!DOCTYPE SyncML [<!ATTLIST SyncML x CDATA 'y'>]>" MESSAGE(""),
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    refuse_text(*state, rows[i], OMADM_E_SYNTAX, "internal subset");
  refuse_text(*state, "<!DOCTYPE SyncML SYSTEM 'x'>" MESSAGE("<Get><CmdID>1&a;</CmdID></Get>"),
              OMADM_E_SYNTAX, "undeclared entity");
}

static void what_is_not_in_a_known_encoding_is_refused(void **state) {
  reading *r = *state;
  omadm_str text = omadm_str_of(MESSAGE("<Get/>"));
  assert_int_equal(read_octets(r, text, "koi8-r"), OMADM_E_SYNTAX);
  assert_non_null(strstr(r->error.text, "\"koi8-r\" is not supported"));
  assert_int_equal(read_octets(r, text, "utf-16"), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("<\0S\0"), ""), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\0<\0S"), ""), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\xFF\xFE<\0/"), ""), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\xFE\xFF\0<\xD8\x00\0x"), ""),
                   OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\xFE\xFF\0<\xDC\x00\0x"), ""),
                   OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\xFE\xFF\xD8\x00"), ""), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("\xEF\xBB\xBF"), ""), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(r, (omadm_str)OMADM_STR("<SyncML><a>\xE9</a></SyncML>"), ""),
                   OMADM_E_SYNTAX);
}

/* Limits: what just fits is read, one more is not. */

static void repeat(omadm_buf *text, const char *part, size_t n) {
  for (size_t i = 0; i < n; i++)
    omadm_buf_add_text(text, part);
}

static omadm_err read_built(reading *r, omadm_buf *text) {
  omadm_err err = read_octets(r, omadm_buf_str(text), "");
  text->len = 0;
  return err;
}

static omadm_err read_nested(reading *r, omadm_buf *text, const char *start, const char *end,
                             const char *outer, size_t n) {
  omadm_buf_add_text(text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody>");
  omadm_buf_add_text(text, outer);
  repeat(text, start, n);
  repeat(text, end, n);
  omadm_buf_add_text(text, outer[0] == '\0' ? "" : "</Data></Item></Add>");
  omadm_buf_add_text(text, "</SyncBody></SyncML>");
  return read_built(r, text);
}

static void depth_is_bounded(void **state) {
  reading *r = *state;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  static const struct {
    const char *start, *end;
  } rows[] = {{"<Atomic>", "</Atomic>"}, {"<Foo>", "</Foo>"}};
  for (size_t i = 0; i < 2; i++) {
    const char *start = rows[i].start;
    const char *end = rows[i].end;
    assert_int_equal(read_nested(r, &text, start, end, "", r->limits.depth - 2), 0);
    assert_int_equal(read_nested(r, &text, start, end, "", r->limits.depth - 1), OMADM_E_LIMIT);
    assert_non_null(strstr(r->error.text, "32 (limit depth)"));
    assert_int_equal(read_nested(r, &text, start, end, "", 200000), OMADM_E_LIMIT);
  }
  r->limits.depth = 1000;
  assert_int_equal(read_nested(r, &text, "<Atomic>", "</Atomic>", "", 998), 0);
  assert_int_equal(r->message->n_commands, 998);
  omadm_buf_dispose(&text);
}

static void depth_inside_data_is_bounded(void **state) {
  reading *r = *state;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  static const char outer[] = "<Add><Item><Data>";
  assert_int_equal(read_nested(r, &text, "<a>", "</a>", outer, r->limits.data_depth), 0);
  assert_int_equal(r->message->commands->items->data.len, 7 * r->limits.data_depth);
  assert_int_equal(read_nested(r, &text, "<a>", "</a>", outer, r->limits.data_depth + 1),
                   OMADM_E_LIMIT);
  assert_non_null(strstr(r->error.text, "data-depth"));
  omadm_buf_dispose(&text);
}

static void commands_and_items_are_bounded(void **state) {
  reading *r = *state;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  r->limits.commands = 10;
  r->limits.items = 5;
  for (size_t n = 10; n <= 11; n++) {
    omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Sequence>");
    repeat(&text, "<Get/>", n - 1);
    omadm_buf_add_text(&text, "</Sequence></SyncBody></SyncML>");
    assert_int_equal(read_built(r, &text), n == 10 ? 0 : OMADM_E_LIMIT);
  }
  assert_non_null(strstr(r->error.text, "10 (limit commands)"));
  for (size_t n = 5; n <= 6; n++) {
    omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Get><Item/></Get><Get>");
    repeat(&text, "<Item/>", n);
    omadm_buf_add_text(&text, "</Get></SyncBody></SyncML>");
    assert_int_equal(read_built(r, &text), n == 5 ? 0 : OMADM_E_LIMIT);
  }
  assert_non_null(strstr(r->error.text, "5 (limit items)"));
  omadm_buf_dispose(&text);
}

static void what_the_message_grows_to_is_bounded(void **state) {
  reading *r = *state;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  r->limits.decoded = 1 << 20;
  /* Seven octets each that become a structure of hundreds. */
  omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Get>");
  repeat(&text, "<Item/>", 9000);
  omadm_buf_add_text(&text, "</Get></SyncBody></SyncML>");
  assert_int_equal(read_built(r, &text), OMADM_E_LIMIT);
  assert_non_null(strstr(r->error.text, "decoded"));
  /* Ever new names, which expat remembers. */
  omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Add><Item><Data>");
  for (size_t i = 0; i < 60000; i++)
    omadm_buf_printf(&text, "<a%zx/>", i);
  omadm_buf_add_text(&text, "</Data></Item></Add></SyncBody></SyncML>");
  assert_int_equal(read_built(r, &text), OMADM_E_LIMIT);
  assert_non_null(strstr(r->error.text, "decoded"));
  /* A body that is too much by itself, as it stands or once it is UTF-8. */
  r->limits.decoded = 100;
  assert_int_equal(read_octets(r, omadm_str_of(MESSAGE("")), ""), OMADM_E_LIMIT);
  r->limits.decoded = 5000;
  omadm_buf_add_text(&text, "<SyncML>");
  repeat(&text, "\xE9", 3000);
  assert_int_equal(read_octets(r, omadm_buf_str(&text), "iso-8859-1"), OMADM_E_LIMIT);
  omadm_buf_dispose(&text);
}

static void namespaces_in_scope_are_bounded(void **state) {
  reading *r = *state;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  for (int n = 63; n <= 64; n++) {
    omadm_buf_add_text(&text, "<SyncML xmlns='SYNCML:SYNCML1.2'");
    for (int i = 0; i < n; i++)
      omadm_buf_printf(&text, " xmlns:a%d='urn:x'", i);
    omadm_buf_add_text(&text, "><SyncBody/></SyncML>");
    assert_int_equal(read_built(r, &text), n == 63 ? 0 : OMADM_E_LIMIT);
  }
  omadm_buf_dispose(&text);
}

/* Every beginning of these is refused, and leaves nothing behind. */
static const char *const samples[] = {
    MESSAGE("<Replace><CmdID>2</CmdID><Item><Target><LocURI>./A&amp;B</LocURI></"
            "Target><Meta><Format xmlns='syncml:metinf'>xml"
            "</Format></Meta><Data>\n<a "
            "b='c'>&lt;</a><![CDATA[x]]></Data></Item></Replace><Atomic><CmdID>1</CmdID><Foo/></"
            "Atomic>"),
    "\n<?xml version='1.0' encoding='utf-16'?><!DOCTYPE SyncML SYSTEM 'x'><s:SyncML "
    "xmlns:s='SYNCML:SYNCML1.1'><!-- c -->"
    "<?pi?><s:SyncBody><s:Alert><s:Data>12<!-- -->26</s:Data></s:Alert></s:SyncBody></s:SyncML>",
};

static void a_message_cut_anywhere_is_refused(void **state) {
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    omadm_str text = omadm_str_of(samples[i]);
    assert_int_equal(read_octets(*state, text, ""), 0);
    for (size_t n = 0; n < text.len; n++) {
      assert_int_equal(read_octets(*state, (omadm_str){text.ptr, n}, ""), OMADM_E_SYNTAX);
    }
  }
}

/* An allocator whose nth allocation fails. */
typedef struct scarce {
  size_t left;
  size_t live;
} scarce;

static void *scarce_alloc(void *ctx, size_t n) {
  scarce *s = ctx;
  if (s->left == 0) return NULL;
  s->left--;
  void *p = malloc(n);
  s->live += p != NULL;
  return p;
}

static void *scarce_resize(void *ctx, void *p, size_t n) {
  scarce *s = ctx;
  if (p == NULL) return scarce_alloc(ctx, n);
  if (s->left == 0) return NULL;
  s->left--;
  return realloc(p, n);
}

static void scarce_release(void *ctx, void *p) {
  scarce *s = ctx;
  s->live -= p != NULL;
  free(p);
}

static void a_failing_allocation_is_out_of_memory(void **state) {
  reading *r = *state;
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    omadm_err err = OMADM_E_NOMEM;
    size_t n = 0;
    for (; err != 0; n++) {
      scarce s = {.left = n};
      const omadm_mem mem = {&s, scarce_alloc, scarce_resize, scarce_release};
      omadm_arena arena;
      omadm_arena_init(&arena, &mem, 0);
      omadm_error_clear(&r->error);
      err = omadm_wire_read_xml(omadm_str_of(samples[i]), (omadm_str){NULL, 0}, &r->limits, &arena,
                                &r->message, &r->error);
      omadm_arena_dispose(&arena);
      assert_int_equal(s.live, 0);
      if (err != 0) assert_int_equal(err, OMADM_E_NOMEM);
      assert_true((err == 0) == (r->message != NULL));
    }
    assert_in_range(n, 10, 200);
  }
}

static void an_error_sink_is_optional(void **state) {
  reading *r = *state;
  assert_int_equal(omadm_wire_read_xml(omadm_str_of("<"), (omadm_str){NULL, 0}, &r->limits,
                                       &r->arena, &r->message, NULL),
                   OMADM_E_SYNTAX);
  assert_null(r->message);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      READ_TEST(what_is_not_well_formed_is_refused_with_its_line),
      READ_TEST(another_document_is_no_message),
      READ_TEST(a_message_has_one_header_and_one_body),
      READ_TEST(declarations_of_entities_are_refused_unread),
      READ_TEST(what_is_not_in_a_known_encoding_is_refused),
      READ_TEST(depth_is_bounded),
      READ_TEST(depth_inside_data_is_bounded),
      READ_TEST(commands_and_items_are_bounded),
      READ_TEST(what_the_message_grows_to_is_bounded),
      READ_TEST(namespaces_in_scope_are_bounded),
      READ_TEST(a_message_cut_anywhere_is_refused),
      READ_TEST(a_failing_allocation_is_out_of_memory),
      READ_TEST(an_error_sink_is_optional),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
