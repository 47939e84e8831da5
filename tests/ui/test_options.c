/* SPDX-License-Identifier: MIT */
/* The option string of user interaction alerts (OMA-TS-DM_Protocol 10.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "omadm/session/ui_options.h"

typedef struct scene {
  omadm_arena arena;
  omadm_ui_question q;
} scene;

static void read_options(scene *s, omadm_ui_kind kind, const char *options) {
  static const omadm_str choices[] = {OMADM_STR("a"), OMADM_STR("b"), OMADM_STR("c")};
  omadm_arena_init(&s->arena, &omadm_mem_default, 0);
  s->q = (omadm_ui_question){.struct_size = sizeof s->q, .kind = kind};
  s->q.choices = choices;
  s->q.n_choices = 3;
  assert_int_equal(ui_options_read(omadm_str_of(options), &s->arena, &s->q), OMADM_OK);
}

static void close_scene(scene *s) {
  omadm_arena_dispose(&s->arena);
}

static void without_options_nothing_is_said(void **state) {
  (void)state;
  scene s;
  read_options(&s, OMADM_UI_TEXT, "");
  assert_int_equal(s.q.min_seconds, 0);
  assert_int_equal(s.q.max_seconds, 0);
  assert_int_equal(s.q.accept, -1);
  assert_int_equal(s.q.max_length, 0);
  assert_int_equal(s.q.input, OMADM_UI_ALPHANUMERIC);
  assert_false(s.q.masked);
  assert_null(s.q.chosen);
  close_scene(&s);
}

static void each_option_of_a_text_is_read(void **state) {
  (void)state;
  scene s;
  read_options(&s, OMADM_UI_TEXT, "MINDT=10&MAXDT=60&DR=a+b%26c%2B&MAXLEN=12&IT=P&ET=P");
  assert_int_equal(s.q.min_seconds, 10);
  assert_int_equal(s.q.max_seconds, 60);
  assert_true(omadm_str_is(s.q.preset, "a b&c+"));
  assert_int_equal(s.q.max_length, 12);
  assert_int_equal(s.q.input, OMADM_UI_PHONE);
  assert_true(s.q.masked);
  close_scene(&s);
}

static void each_letter_of_the_input_type_is_known(void **state) {
  (void)state;
  static const struct {
    const char *text;
    omadm_ui_input input;
  } rows[] = {{"IT=A", OMADM_UI_ALPHANUMERIC}, {"IT=N", OMADM_UI_NUMBER},
              {"IT=D", OMADM_UI_DATE},         {"IT=T", OMADM_UI_TIME},
              {"IT=P", OMADM_UI_PHONE},        {"IT=I", OMADM_UI_ADDRESS}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    scene s;
    read_options(&s, OMADM_UI_TEXT, rows[i].text);
    assert_int_equal(s.q.input, rows[i].input);
    close_scene(&s);
  }
}

static void the_default_response_of_a_confirmation_is_0_or_1(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int accept;
  } rows[] = {{"DR=0", 0}, {"DR=1", 1}, {"DR=2", -1}, {"DR=", -1}, {"dr=1", -1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    scene s;
    read_options(&s, OMADM_UI_CONFIRM, rows[i].text);
    assert_int_equal(s.q.accept, rows[i].accept);
    close_scene(&s);
  }
}

static void the_default_response_of_choices_are_their_numbers(void **state) {
  (void)state;
  static const struct {
    omadm_ui_kind kind;
    const char *text;
    const char *chosen; /* "": none */
  } rows[] = {
      {OMADM_UI_CHOICE, "DR=2", "010"},    {OMADM_UI_CHOICES, "DR=2-3", "011"},
      {OMADM_UI_CHOICES, "DR=3-1", "101"}, {OMADM_UI_CHOICE, "DR=2-3", ""},
      {OMADM_UI_CHOICE, "DR=4", ""},       {OMADM_UI_CHOICE, "DR=0", ""},
      {OMADM_UI_CHOICES, "DR=1-", ""},     {OMADM_UI_CHOICES, "DR=-1", ""},
      {OMADM_UI_CHOICES, "DR=1-9", ""},    {OMADM_UI_CHOICES, "DR=", ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    scene s;
    read_options(&s, rows[i].kind, rows[i].text);
    bool none = rows[i].chosen[0] == '\0';
    assert_int_equal(s.q.chosen == NULL, none);
    for (size_t k = 0; !none && k < 3; k++)
      assert_int_equal(s.q.chosen[k], rows[i].chosen[k] - '0');
    close_scene(&s);
  }
}

static void what_is_unknown_or_malformed_is_skipped_and_the_rest_is_read(void **state) {
  (void)state;
  static const char *const rows[] = {
      "COLOUR=red&MAXDT=5", "MAXDT&MAXDT=5",     "&&MAXDT=5&",        "=x&MAXDT=5",
      "MAXDT=5&MAXDT=-1",   "MAXDT=5&MAXDT=0",   "MAXDT=5&MAXDT=",    "MAXDT=5&MAXDT=4294967296",
      "MAXDT=5&MAXLEN=9",   "MINDT=%3&MAXDT=5",  "MINDT=%zz&MAXDT=5", "MAXDT=5&DR=%ff",
      "MAXDT=5&DR=%00",     "MAXDT=5&MAXDT=1e3", "MAXDT=%35",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    scene s;
    read_options(&s, OMADM_UI_DISPLAY, rows[i]);
    assert_int_equal(s.q.max_seconds, 5);
    assert_int_equal(s.q.max_length, 0);
    assert_int_equal(s.q.preset.len, 0);
    close_scene(&s);
    read_options(&s, OMADM_UI_TEXT, rows[i]);
    assert_int_equal(s.q.max_seconds, 5);
    assert_int_equal(s.q.preset.len, 0);
    close_scene(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_options_nothing_is_said),
      cmocka_unit_test(each_option_of_a_text_is_read),
      cmocka_unit_test(each_letter_of_the_input_type_is_known),
      cmocka_unit_test(the_default_response_of_a_confirmation_is_0_or_1),
      cmocka_unit_test(the_default_response_of_choices_are_their_numbers),
      cmocka_unit_test(what_is_unknown_or_malformed_is_skipped_and_the_rest_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
