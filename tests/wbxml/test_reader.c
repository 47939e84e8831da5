/* SPDX-License-Identifier: MIT */
#include "base/wbxml.h"

#include "tests/wbxml/octets.h"

#include <stdlib.h>

/* Writes events as a line: <page:token, "text", [octets], >. */
static void show(const omadm_wbxml_event *e, omadm_wbxml_kind kind, omadm_buf *out) {
  int n = (int)e->text.len;
  switch (kind) {
  case OMADM_WBXML_START:
    if (e->token != 0)
      omadm_buf_printf(out, "<%u:%02X%s", e->page, e->token, e->content ? "" : "/");
    else
      omadm_buf_printf(out, "<%.*s%s", n, e->text.ptr, e->content ? "" : "/");
    break;
  case OMADM_WBXML_ATTRIBUTE:
    if (e->token != 0)
      omadm_buf_printf(out, " @%u:%02X", e->page, e->token);
    else
      omadm_buf_printf(out, " @%.*s", n, e->text.ptr);
    break;
  case OMADM_WBXML_VALUE:
    if (e->token != 0)
      omadm_buf_printf(out, "=%u:%02X", e->page, e->token);
    else
      omadm_buf_printf(out, "='%.*s'", n, e->text.ptr);
    break;
  case OMADM_WBXML_TEXT: omadm_buf_printf(out, "\"%.*s\"", n, e->text.ptr); break;
  case OMADM_WBXML_OPAQUE: omadm_buf_printf(out, "[%.*s]", n, e->text.ptr); break;
  case OMADM_WBXML_END: omadm_buf_add_text(out, ">"); break;
  default: break;
  }
}

typedef struct reading {
  omadm_wbxml_reader r;
  omadm_buf octets, events;
  char *copy; /* of the exact size, so that a sanitizer sees each octet read beyond it */
} reading;

enum { DEPTH = 8, DECODED = 100 };

static int begin(void **state) {
  reading *x = calloc(1, sizeof *x);
  if (x == NULL) return -1;
  omadm_buf_init(&x->octets, NULL, 0);
  omadm_buf_init(&x->events, NULL, 0);
  *state = x;
  return 0;
}

static int end(void **state) {
  reading *x = *state;
  omadm_buf_dispose(&x->octets);
  omadm_buf_dispose(&x->events);
  free(x->copy);
  free(x);
  return 0;
}

static omadm_err read_octets(reading *x, omadm_str octets) {
  omadm_wbxml_event e = {0};
  omadm_wbxml_kind kind = OMADM_WBXML_FAILED;
  free(x->copy);
  x->copy = malloc(octets.len > 0 ? octets.len : 1);
  assert_non_null(x->copy);
  if (octets.len > 0) memcpy(x->copy, octets.ptr, octets.len);
  x->events.len = 0;
  if (omadm_wbxml_reader_init(&x->r, (omadm_str){x->copy, octets.len}, DEPTH, DECODED) == 0) {
    do {
      kind = omadm_wbxml_next(&x->r, &e);
      show(&e, kind, &x->events);
    } while (kind != OMADM_WBXML_FAILED && kind != OMADM_WBXML_DONE);
  }
  assert_true((x->r.err == 0) == (x->r.problem == NULL));
  assert_true((x->r.err == 0) == (kind == OMADM_WBXML_DONE));
  if (x->r.err != 0) assert_int_equal(omadm_wbxml_next(&x->r, &e), OMADM_WBXML_FAILED);
  return x->r.err;
}

static void reads(reading *x, const char *text, const char *events) {
  x->octets.len = 0;
  octets_add(&x->octets, text);
  if (read_octets(x, omadm_buf_str(&x->octets)) != 0)
    fail_msg("%s, at %zu", x->r.problem, omadm_wbxml_offset(&x->r));
  omadm_buf_add(&x->events, "", 1);
  assert_string_equal(x->events.ptr, events);
}

static void refuses(reading *x, const char *text, omadm_err err, const char *why) {
  x->octets.len = 0;
  octets_add(&x->octets, text);
  assert_int_equal(read_octets(x, omadm_buf_str(&x->octets)), err);
  if (strstr(x->r.problem, why) == NULL) fail_msg("\"%s\" does not say \"%s\"", x->r.problem, why);
}

static void versions_1_1_to_1_3_are_read(void **state) {
  reads(*state, "01 01 6A 00 05", "<0:05/>");
  assert_int_equal(((reading *)*state)->r.version, 1);
  reads(*state, "02 01 6A 00 05", "<0:05/>");
  reads(*state, "03 01 6A 00 05", "<0:05/>");
  refuses(*state, "00 01 00 05", OMADM_E_UNSUPPORTED, "version");
  refuses(*state, "04 01 6A 00 05", OMADM_E_UNSUPPORTED, "version");
  refuses(*state, "3C 01 6A 00 05", OMADM_E_UNSUPPORTED, "version");
}

static void the_public_id_is_a_number_or_a_string(void **state) {
  reading *x = *state;
  reads(x, "03 A4 01 6A 00 05", "<0:05/>");
  assert_int_equal(x->r.public_id, 0x1201);
  reads(x, "02 00 00 6A 03 'abc' 05", "<0:05/>");
  assert_true(omadm_str_is(x->r.public_name, "abc"));
  reads(x, "02 00 01 6A 04 'abc' 00 05", "<0:05/>");
  assert_true(omadm_str_is(x->r.public_name, "bc"));
  refuses(x, "02 00 03 6A 03 'abc' 05", OMADM_E_SYNTAX, "string table");
}

static void other_charsets_than_utf_8_are_refused(void **state) {
  reads(*state, "03 01 03 00 05", "<0:05/>");
  reads(*state, "03 01 00 00 05", "<0:05/>");
  refuses(*state, "03 01 04 00 05", OMADM_E_UNSUPPORTED, "charset");
  refuses(*state, "03 01 87 68 00 05", OMADM_E_UNSUPPORTED, "charset");
}

static void text_comes_in_pieces_of_every_kind(void **state) {
  reads(*state,
        "03 01 6A 07 'ab' 00 'cd' C3 A9 45 03 'x' 00 83 00 83 03 02 20 02 A0 2C C3 02 00 FF 01",
        "<0:05\"x\"\"ab\"\"cd\xC3\xA9\"\" \"\"\xE1\x80\xAC\"[]>");
}

static void a_page_holds_until_the_next_switch(void **state) {
  reads(*state, "03 01 6A 00 45 00 01 46 01 07 00 00 08 01", "<0:05<1:06><1:07/><0:08/>>");
}

static void literal_names_stand_in_the_string_table(void **state) {
  reads(*state, "03 01 6A 08 'one' 00 'two' 00 44 00 03 'x' 00 04 04 01", "<one\"x\"<two/>>");
  refuses(*state, "03 01 6A 02 'a' 00 04 01", OMADM_E_SYNTAX, "name");
  refuses(*state, "03 01 6A 02 'a' 00 04 02", OMADM_E_SYNTAX, "string table");
}

static void attributes_have_pages_of_their_own(void **state) {
  reads(
      *state,
      "03 01 6A 03 'ab' 00 C5 06 03 'x' 00 85 00 01 07 C3 01 'y' 04 00 01 00 02 46 01 88 08 01 01",
      "<0:05 @0:06='x'=0:85 @1:07='y' @ab<2:06><2:08/ @1:08>>");
  refuses(*state, "03 01 6A 00 85 44 01", OMADM_E_SYNTAX, "token");
  refuses(*state, "03 01 6A 00 85 06", OMADM_E_SYNTAX, "too early");
}

static void processing_instructions_are_skipped(void **state) {
  reads(*state, "03 01 6A 00 43 05 03 'x' 00 01 45 43 05 85 01 03 'y' 00 01 43 05 01",
        "<0:05\"y\">");
}

static void extension_tokens_are_refused(void **state) {
  static const char *const tokens[] = {"40", "41", "42", "80", "81", "82", "C0", "C1", "C2"};
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    char text[64];
    snprintf(text, sizeof text, "03 01 6A 00 45 %s 00 01", tokens[i]);
    refuses(*state, text, OMADM_E_SYNTAX, "extension");
  }
}

static void a_number_has_five_octets_and_32_bits_at_most(void **state) {
  reads(*state, "03 8F FF FF FF 7F 6A 00 05", "<0:05/>");
  assert_int_equal(((reading *)*state)->r.public_id, UINT32_MAX);
  refuses(*state, "03 90 80 80 80 00 6A 00 05", OMADM_E_SYNTAX, "32 bits");
  refuses(*state, "03 80 80 80 80 80 01 6A 00 05", OMADM_E_SYNTAX, "32 bits");
  refuses(*state, "03 01 6A 00 45 C3 8F FF FF FF 7F 01", OMADM_E_SYNTAX, "longer");
}

static void what_is_out_of_bounds_is_refused(void **state) {
  refuses(*state, "03 01 6A 05 'abc'", OMADM_E_SYNTAX, "string table");
  refuses(*state, "03 01 6A 03 'abc' 45 83 03 01", OMADM_E_SYNTAX, "string table");
  refuses(*state, "03 01 6A 00 45 83 00 01", OMADM_E_SYNTAX, "string table");
  refuses(*state, "03 01 6A 00 45 C3 03 01 01", OMADM_E_SYNTAX, "longer");
  refuses(*state, "03 01 6A 00 45 03 'abc'", OMADM_E_SYNTAX, "too early");
}

static void octets_that_are_no_document_are_refused(void **state) {
  refuses(*state, "", OMADM_E_SYNTAX, "too early");
  refuses(*state, "03 01 6A 00", OMADM_E_SYNTAX, "too early");
  refuses(*state, "03 01 6A 00 01", OMADM_E_SYNTAX, "begin");
  refuses(*state, "03 01 6A 00 03 'x' 00", OMADM_E_SYNTAX, "begin");
  refuses(*state, "03 01 6A 00 05 01", OMADM_E_SYNTAX, "behind");
  refuses(*state, "03 01 6A 00 05 05", OMADM_E_SYNTAX, "behind");
  refuses(*state, "03 01 6A 00 45 03 C3 28 00 01", OMADM_E_SYNTAX, "UTF-8");
  refuses(*state, "03 01 6A 00 45 02 00 01", OMADM_E_SYNTAX, "character");
  refuses(*state, "03 01 6A 00 45 02 83 B0 00 01", OMADM_E_SYNTAX, "character");
}

static void nesting_and_references_are_bounded(void **state) {
  reads(*state, "03 01 6A 00 45 45 45 45 45 45 45 05 01 01 01 01 01 01 01",
        "<0:05<0:05<0:05<0:05<0:05<0:05<0:05<0:05/>>>>>>>>");
  refuses(*state, "03 01 6A 00 45 45 45 45 45 45 45 45 05 01 01 01 01 01 01 01 01", OMADM_E_LIMIT,
          "depth");
  /* 34 octets, of which three uses make more than 100. */
  refuses(*state, "03 01 6A 22 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' 45 83 00 83 00 83 00 01",
          OMADM_E_LIMIT, "decoded");
}

static void a_document_that_is_cut_anywhere_is_refused(void **state) {
  reading *x = *state;
  x->octets.len = 0;
  octets_add(&x->octets, KNOWN_MESSAGE);
  assert_int_equal(x->octets.len, 102);
  for (size_t n = 0; n < x->octets.len; n++)
    assert_int_equal(read_octets(x, (omadm_str){x->octets.ptr, n}), OMADM_E_SYNTAX);
  assert_int_equal(read_octets(x, omadm_buf_str(&x->octets)), 0);
}

static void what_the_writer_writes_is_read(void **state) {
  reading *x = *state;
  x->octets.len = 0;
  omadm_wbxml_writer w = omadm_wbxml_writer_init(&x->octets);
  omadm_wbxml_write_header(&w, 3, 0, (omadm_str){"id\0name", 8});
  omadm_wbxml_write_tag(&w, 0, 0x05, true, true);
  omadm_wbxml_write_attribute(&w, 0, 0x06);
  omadm_wbxml_write_text(&w, (omadm_str)OMADM_STR("v"));
  omadm_wbxml_write_value(&w, 1, 0x86);
  omadm_wbxml_write_end(&w);
  omadm_wbxml_write_literal(&w, 3, false, false);
  omadm_wbxml_write_tag(&w, 2, 0x3F, true, false);
  omadm_wbxml_write_text(&w, (omadm_str){"a\0b", 3});
  omadm_wbxml_write_text(&w, (omadm_str){"", 0});
  omadm_wbxml_write_end(&w);
  omadm_wbxml_write_end(&w);
  assert_int_equal(w.err, 0);
  assert_int_equal(read_octets(x, omadm_buf_str(&x->octets)), 0);
  omadm_buf_add(&x->events, "", 1);
  assert_string_equal(x->events.ptr, "<0:05 @0:06='v'=1:86<name/><2:3F[a]>>");
}

static void numbers_are_written_as_short_as_they_can_be(void **state) {
  (void)state;
  static const struct {
    uint32_t value;
    const char *octets;
  } rows[] = {
      {0, "00"},         {0x7F, "7F"},         {0x80, "81 00"}, {0x1201, "A4 01"},
      {0x3FFF, "FF 7F"}, {0x4000, "81 80 00"}, {0xA0, "81 20"}, {UINT32_MAX, "8F FF FF FF 7F"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char octets[5];
    omadm_buf expected;
    omadm_buf_init(&expected, NULL, 0);
    octets_add(&expected, rows[i].octets);
    octets_assert_equal((omadm_str){octets, omadm_wbxml_number(rows[i].value, octets)},
                        omadm_buf_str(&expected));
    omadm_buf_dispose(&expected);
  }
}

#define T(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(versions_1_1_to_1_3_are_read),          T(the_public_id_is_a_number_or_a_string),
      T(other_charsets_than_utf_8_are_refused), T(text_comes_in_pieces_of_every_kind),
      T(a_page_holds_until_the_next_switch),    T(literal_names_stand_in_the_string_table),
      T(attributes_have_pages_of_their_own),    T(processing_instructions_are_skipped),
      T(extension_tokens_are_refused),          T(a_number_has_five_octets_and_32_bits_at_most),
      T(what_is_out_of_bounds_is_refused),      T(octets_that_are_no_document_are_refused),
      T(nesting_and_references_are_bounded),    T(a_document_that_is_cut_anywhere_is_refused),
      T(what_the_writer_writes_is_read),        T(numbers_are_written_as_short_as_they_can_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
