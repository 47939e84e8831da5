/* SPDX-License-Identifier: MIT */
/* Files made to hurt the reader: none may cost more than a moment, open anything, or end in
 * anything but a complaint. */
#include "tests/ddf/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/mem.h"

static unsigned fetched;

/* libxml2 asks this before it opens a file or a socket. */
static xmlParserInputPtr refuse_to_load(const char *url, const char *id, xmlParserCtxtPtr parser) {
  (void)url;
  (void)id;
  (void)parser;
  fetched++;
  return NULL;
}

static int watch(void **state) {
  (void)state;
  xmlSetExternalEntityLoader(refuse_to_load);
  alarm(60);
  return 0;
}

static void put(omadm_buf *text, const char *piece, size_t times) {
  for (size_t i = 0; i < times; i++)
    assert_int_equal(omadm_buf_add_text(text, piece), 0);
}

/* Reads what was built. */
static void read_built(reading *r, omadm_buf *text) {
  assert_int_equal(omadm_buf_add(text, "", 1), 0);
  reading_begin(r, text->ptr);
  omadm_buf_dispose(text);
}

static void begin_text(omadm_buf *text) {
  omadm_buf_init(text, &omadm_mem_default, 0);
}

static void an_entity_bomb_is_refused_without_going_off(void **state) {
  omadm_buf text;
  (void)state;
  begin_text(&text);
  put(&text, "<!DOCTYPE MgmtTree [<!ENTITY a0 \"lollollollollollol\">", 1);
  for (int i = 1; i < 30; i++) {
    omadm_buf_printf(&text, "<!ENTITY a%d \"&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;\">", i, i - 1,
                     i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  }
  put(&text, "]>" DDF_HEAD "<Node><NodeName>&a29;</NodeName>" LEAF "</Node>" DDF_TAIL, 1);
  reading r;
  read_built(&r, &text);
  assert_int_not_equal(r.err, 0);
  reading_end(&r);
}

static void an_empty_entity_used_without_end_is_refused(void **state) {
  omadm_buf text;
  (void)state;
  begin_text(&text);
  put(&text,
      "<!DOCTYPE MgmtTree [<!ENTITY e \"\"><!ENTITY f \"&e;&e;\"><!ENTITY g \"&f;&f;\">]>" DDF_HEAD
      "<Node><NodeName>A",
      1);
  put(&text, "&g;", 100000);
  put(&text, "</NodeName>" LEAF "</Node>" DDF_TAIL, 1);
  reading r;
  read_built(&r, &text);
  assert_int_equal(r.err, OMADM_E_LIMIT);
  reading_expect(&r, "once its entities are put in");
  reading_end(&r);
}

static void one_large_entity_used_often_is_refused(void **state) {
  omadm_buf text;
  (void)state;
  begin_text(&text);
  put(&text, "<!DOCTYPE MgmtTree [<!ENTITY e \"", 1);
  put(&text, "0123456789", 6000);
  put(&text, "\">]>" DDF_HEAD "<Node><NodeName>A</NodeName><DFProperties><Description>", 1);
  put(&text, "&e;", 10000);
  put(&text, "</Description><DFFormat><chr/></DFFormat></DFProperties></Node>" DDF_TAIL, 1);
  reading r;
  read_built(&r, &text);
  assert_int_not_equal(r.err, 0);
  reading_end(&r);
}

static void an_entity_that_holds_itself_is_refused(void **state) {
  static const char *const texts[] = {
      "<!DOCTYPE MgmtTree [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]>" DDF_HEAD
      "<Node><NodeName>&a;</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY a \"&a;\">]>" DDF_HEAD "<Node><NodeName>&a;</NodeName>" LEAF
      "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]><MgmtTree "
      "xmlns:MSFT='http://schemas.microsoft.com/MobileDevice/DM'>"
      "<Node><NodeName>A</NodeName><DFProperties><DFFormat><chr/></DFFormat><MSFT:AllowedValues "
      "ValueType='&a;'/></DFProperties></Node>"
      "</MgmtTree>",
      "<!DOCTYPE MgmtTree [<!ENTITY % p \"%p;\"> %p;]>" DDF_HEAD "<Node><NodeName>A</NodeName>" LEAF
      "</Node>" DDF_TAIL,
  };
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    reading r;
    reading_begin(&r, texts[i]);
    assert_int_not_equal(r.err, 0);
    reading_end(&r);
  }
}

static void nothing_outside_of_the_file_is_opened(void **state) {
  static const char *const texts[] = {
      "<!DOCTYPE MgmtTree SYSTEM 'file:///etc/hostname'>" DDF_HEAD
      "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree PUBLIC 'x' 'http://127.0.0.1:9/x.dtd'>" DDF_HEAD
      "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" DDF_HEAD
      "<Node><NodeName>A&x;</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY x SYSTEM 'http://127.0.0.1:9/'>]>" DDF_HEAD
      "<Node><NodeName>A&x;</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]>" DDF_HEAD
      "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<!DOCTYPE MgmtTree [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]>" DDF_HEAD
      "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL,
      "<MgmtTree xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include "
      "href='file:///etc/hostname'/><Node><NodeName>A</NodeName>" LEAF "</Node></MgmtTree>",
  };
  (void)state;
  fetched = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    reading r;
    reading_begin(&r, texts[i]);
    if (strstr(texts[i], "&x;") != NULL)
      reading_expect(&r, "names an entity that is not declared in the file itself");
    reading_end(&r);
  }
  assert_int_equal(fetched, 0);
}

static void nodes_nested_too_deep_are_refused(void **state) {
  static const struct {
    size_t depth;
    const char *path;
    omadm_err err;
  } rows[] = {{64, ".", 0},
              {65, ".", OMADM_E_LIMIT},
              {62, "./A/B", 0},
              {63, "./A/B", OMADM_E_LIMIT},
              {5000, ".", OMADM_E_SYNTAX}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    omadm_buf text;
    begin_text(&text);
    omadm_buf_printf(&text, DDF_HEAD "<Node><NodeName>N</NodeName><Path>%s</Path>", rows[i].path);
    put(&text, "<Node><NodeName>N</NodeName>", rows[i].depth - 1);
    put(&text, LEAF, 1);
    put(&text, "</Node>", rows[i].depth);
    put(&text, DDF_TAIL, 1);
    reading r;
    read_built(&r, &text);
    assert_int_equal(r.err, rows[i].err);
    reading_end(&r);
  }
}

static void elements_nested_inside_a_text_are_bounded(void **state) {
  omadm_buf text;
  (void)state;
  begin_text(&text);
  put(&text, DDF_HEAD "<Node><NodeName>A</NodeName><DFProperties><Description>", 1);
  put(&text, "<b>", 100000);
  put(&text, "</b>", 100000);
  put(&text, "</Description></DFProperties></Node>" DDF_TAIL, 1);
  reading r;
  read_built(&r, &text);
  assert_int_not_equal(r.err, 0);
  reading_end(&r);
}

static void too_many_nodes_or_roots_are_refused(void **state) {
  static const struct {
    const char *head, *properties, *tail;
    size_t count;
  } rows[] = {{DDF_HEAD, LEAF, DDF_TAIL, 1001},
              {DDF_HEAD "<Node><NodeName>R</NodeName>" INTERIOR, "", "</Node>" DDF_TAIL, 100000}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    omadm_buf text;
    begin_text(&text);
    put(&text, rows[i].head, 1);
    for (size_t k = 0; k < rows[i].count; k++)
      omadm_buf_printf(&text, "<Node><NodeName>N%zu</NodeName>%s</Node>", k, rows[i].properties);
    put(&text, rows[i].tail, 1);
    omadm_ddf *ddf = NULL;
    omadm_error error = {0};
    assert_int_equal(omadm_ddf_parse(omadm_buf_str(&text), "test.xml", NULL, NULL, &ddf, &error),
                     OMADM_E_LIMIT);
    assert_null(ddf);
    omadm_buf_dispose(&text);
  }
}

static void a_huge_file_is_refused_before_it_is_parsed(void **state) {
  omadm_buf text;
  (void)state;
  begin_text(&text);
  put(&text, "                                                                ",
      17 * 1024 * 1024 / 64);
  omadm_ddf *ddf = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_ddf_parse(omadm_buf_str(&text), "test.xml", NULL, NULL, &ddf, &error),
                   OMADM_E_LIMIT);
  assert_string_equal(error.text,
                      "test.xml: is larger than any DDF (at most 16777216 octets are read)");
  omadm_buf_dispose(&text);
  omadm_error_clear(&error);
  assert_int_equal(omadm_ddf_read("/dev/zero", NULL, NULL, &ddf, &error), OMADM_E_IO);
}

static void a_file_cut_anywhere_is_refused(void **state) {
  char path[1000];
  omadm_buf text;
  (void)state;
  snprintf(path, sizeof path, "%s/tests/fixtures/ddf/windows-style.xml", OMADM_SOURCE_DIR);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  begin_text(&text);
  assert_int_equal(omadm_buf_reserve(&text, 65536), 0);
  text.len = fread(text.ptr, 1, 65536, file);
  fclose(file);
  size_t whole = text.len - strlen("</MgmtTree>\n");
  for (size_t n = 0; n <= whole + 5; n += n < 400 ? 1 : 37) {
    /* A copy of just that size, so that a read beyond its end is seen. */
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text.ptr, n);
    omadm_ddf *ddf = NULL;
    omadm_error error = {0};
    assert_int_equal(omadm_ddf_parse((omadm_str){copy, n}, "test.xml", NULL, NULL, &ddf, &error),
                     OMADM_E_SYNTAX);
    assert_true(strlen(error.text) > 10);
    free(copy);
  }
  omadm_buf_dispose(&text);
}

static void control_characters_do_not_reach_a_message(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, DDF_HEAD "<Node><NodeName>A&#x7F;/&#10;B</NodeName>" LEAF "</Node>" DDF_TAIL);
  assert_null(strpbrk(r.error.text, "\n\x7F"));
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_entity_bomb_is_refused_without_going_off),
      cmocka_unit_test(an_empty_entity_used_without_end_is_refused),
      cmocka_unit_test(one_large_entity_used_often_is_refused),
      cmocka_unit_test(an_entity_that_holds_itself_is_refused),
      cmocka_unit_test(nothing_outside_of_the_file_is_opened),
      cmocka_unit_test(nodes_nested_too_deep_are_refused),
      cmocka_unit_test(elements_nested_inside_a_text_are_bounded),
      cmocka_unit_test(too_many_nodes_or_roots_are_refused),
      cmocka_unit_test(a_huge_file_is_refused_before_it_is_parsed),
      cmocka_unit_test(a_file_cut_anywhere_is_refused),
      cmocka_unit_test(control_characters_do_not_reach_a_message),
  };
  return cmocka_run_group_tests(tests, watch, NULL);
}
