/* SPDX-License-Identifier: MIT */
/* What <omadm/store.h> promises, asked of each backend in the same words. */
#include "tests/store/folder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct fixture {
  char folder[FOLDER_PATH];
  omadm_store *store;
} fixture;

static int open_sqlite(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (f == NULL) return -1;
  folder_make(f->folder);
  f->store = folder_open(f->folder);
  *state = f;
  return 0;
}

static int open_memory(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (f == NULL) return -1;
  *state = f;
  return omadm_store_new_memory(&f->store, NULL);
}

static int close_store(void **state) {
  fixture *f = *state;
  omadm_store_close(f->store);
  if (f->folder[0] != '\0') folder_remove(f->folder);
  free(f);
  return 0;
}

static omadm_store *store_of(void **state) {
  return ((fixture *)*state)->store;
}

static void what_was_put_is_got(void **state) {
  omadm_store *s = store_of(state);
  store_expect(s, "a", NULL);
  store_put(s, "a", "1");
  store_expect(s, "a", "1");
  store_put(s, "a", "a longer value than before");
  store_expect(s, "a", "a longer value than before");
  store_put(s, "a", "2");
  store_expect(s, "a", "2");
  store_put(s, "a", NULL);
  store_expect(s, "a", NULL);
  store_put(s, "a", NULL);
}

static void an_empty_value_is_a_value(void **state) {
  omadm_store *s = store_of(state);
  omadm_str value = {NULL, 7};
  store_put(s, "a", "");
  assert_int_equal(s->ops->get(s, OMADM_STORE_NODE, (omadm_str)OMADM_STR("a"), &value, NULL), 0);
  assert_int_equal(value.len, 0);
  assert_non_null(value.ptr);
}

static void keys_and_values_are_octets(void **state) {
  omadm_store *s = store_of(state);
  static const char octets[] = "\0\xFF'\"\0%";
  const omadm_store_change change = {OMADM_STORE_META, {octets, 6}, {octets + 1, 5}};
  omadm_str value = {NULL, 0};
  assert_int_equal(s->ops->apply(s, &change, 1, NULL), 0);
  assert_int_equal(s->ops->get(s, OMADM_STORE_META, (omadm_str){octets, 6}, &value, NULL), 0);
  assert_true(omadm_str_equal(value, change.value));
  assert_int_equal(s->ops->get(s, OMADM_STORE_META, (omadm_str){octets, 1}, &value, NULL),
                   OMADM_E_NOT_FOUND);
}

static void tables_are_apart(void **state) {
  omadm_store *s = store_of(state);
  for (int t = 0; t < OMADM_STORE_TABLES; t++) {
    const char digit = (char)('0' + t);
    const omadm_store_change change = {(omadm_store_table)t, OMADM_STR("k"), {&digit, 1}};
    assert_int_equal(s->ops->apply(s, &change, 1, NULL), 0);
  }
  for (int t = 0; t < OMADM_STORE_TABLES; t++) {
    omadm_str key = {NULL, 0};
    omadm_str value = {NULL, 0};
    omadm_str none = {"", 0};
    assert_int_equal(s->ops->next(s, (omadm_store_table)t, none, none, &key, &value, NULL), 0);
    assert_int_equal(value.ptr[0], '0' + t);
    char after[2] = {key.ptr[0], 0};
    assert_int_equal(
        s->ops->next(s, (omadm_store_table)t, none, (omadm_str){after, 1}, &key, &value, NULL),
        OMADM_E_NOT_FOUND);
  }
}

/* Lists a prefix, keys joined by blanks. */
static void expect_list(omadm_store *s, const char *prefix, const char *after,
                        const char *expected) {
  omadm_buf all;
  omadm_buf last;
  omadm_buf_init(&all, NULL, 0);
  omadm_buf_init(&last, NULL, 0);
  omadm_buf_add_text(&last, after);
  omadm_str key = {NULL, 0};
  omadm_str value = {NULL, 0};
  while (s->ops->next(s, OMADM_STORE_NODE, omadm_str_of(prefix), omadm_buf_str(&last), &key, &value,
                      NULL) == 0) {
    omadm_buf_printf(&all, "%.*s ", (int)key.len, key.ptr);
    last.len = 0;
    omadm_buf_add_str(&last, key);
  }
  if (!omadm_str_is(omadm_buf_str(&all), expected)) {
    fail_msg("below \"%s\" after \"%s\": \"%.*s\" instead of \"%s\"", prefix, after, (int)all.len,
             all.ptr, expected);
  }
  omadm_buf_dispose(&all);
  omadm_buf_dispose(&last);
}

static void next_walks_a_prefix_in_octet_order(void **state) {
  omadm_store *s = store_of(state);
  static const char *const keys[] = {"a/b", "a",    "a/", "a/\xC3\xA9", "b",
                                     "a/B", "a/bc", "a0", "A",          "a/b/c"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    store_put(s, keys[i], "x");
  expect_list(s, "a/", "", "a/ a/B a/b a/b/c a/bc a/\xC3\xA9 ");
  expect_list(s, "a/", "a/", "a/B a/b a/b/c a/bc a/\xC3\xA9 ");
  expect_list(s, "a/", "a/b", "a/b/c a/bc a/\xC3\xA9 ");
  expect_list(s, "a/", "a/ba", "a/bc a/\xC3\xA9 ");
  expect_list(s, "a/", "a", "a/ a/B a/b a/b/c a/bc a/\xC3\xA9 ");
  expect_list(s, "a/", "b", "");
  expect_list(s, "", "", "A a a/ a/B a/b a/b/c a/bc a/\xC3\xA9 a0 b ");
  expect_list(s, "c", "", "");
  expect_list(s, "b", "b", "");
}

static void a_batch_is_applied_in_order(void **state) {
  omadm_store *s = store_of(state);
  store_put(s, "old", "a value with some room");
  const omadm_str none = {NULL, 0};
  const omadm_store_change changes[] = {
      {OMADM_STORE_NODE, OMADM_STR("a"), OMADM_STR("1")},
      {OMADM_STORE_NODE, OMADM_STR("a"), OMADM_STR("much longer than the first")},
      {OMADM_STORE_NODE, OMADM_STR("a"), OMADM_STR("3")},
      {OMADM_STORE_NODE, OMADM_STR("b"), OMADM_STR("1")},
      {OMADM_STORE_NODE, OMADM_STR("b"), none},
      {OMADM_STORE_NODE, OMADM_STR("b"), none},
      {OMADM_STORE_NODE, OMADM_STR("old"), none},
      {OMADM_STORE_NODE, OMADM_STR("old"), OMADM_STR("back")},
      {OMADM_STORE_NODE, OMADM_STR("c"), none},
      {OMADM_STORE_NODE, OMADM_STR("c"), OMADM_STR("")},
  };
  assert_int_equal(s->ops->apply(s, changes, sizeof changes / sizeof *changes, NULL), 0);
  store_expect(s, "a", "3");
  store_expect(s, "b", NULL);
  store_expect(s, "old", "back");
  store_expect(s, "c", "");
  expect_list(s, "", "", "a c old ");
}

static void a_batch_with_a_bad_change_changes_nothing(void **state) {
  omadm_store *s = store_of(state);
  const omadm_store_change changes[] = {{OMADM_STORE_NODE, OMADM_STR("a"), OMADM_STR("1")},
                                        {OMADM_STORE_NODE, {"", 0}, OMADM_STR("1")}};
  const omadm_store_change table = {OMADM_STORE_TABLES, OMADM_STR("a"), OMADM_STR("1")};
  omadm_error error = {0};
  assert_int_equal(s->ops->apply(s, changes, 2, &error), OMADM_E_ARGUMENT);
  assert_true(strlen(error.text) > 10);
  assert_int_equal(s->ops->apply(s, &table, 1, NULL), OMADM_E_ARGUMENT);
  store_expect(s, "a", NULL);
  assert_int_equal(s->ops->apply(s, NULL, 0, NULL), 0);
}

static void a_large_value_comes_back_whole(void **state) {
  omadm_store *s = store_of(state);
  enum { SIZE = 3 * 1024 * 1024 };
  char *octets = malloc(SIZE);
  assert_non_null(octets);
  for (size_t i = 0; i < SIZE; i++)
    octets[i] = (char)(i * 31 % 251);
  const omadm_store_change change = {OMADM_STORE_NODE, OMADM_STR("large"), {octets, SIZE}};
  omadm_str value = {NULL, 0};
  assert_int_equal(s->ops->apply(s, &change, 1, NULL), 0);
  assert_int_equal(s->ops->get(s, OMADM_STORE_NODE, change.key, &value, NULL), 0);
  assert_true(omadm_str_equal(value, change.value));
  free(octets);
}

/* A long run of random changes against a plain array, and every listing compared. */
static void many_random_changes_leave_what_they_say(void **state) {
  enum { KEYS = 300, ROUNDS = 400, BATCH = 17 };
  omadm_store *s = store_of(state);
  static char values[KEYS][24];
  static bool present[KEYS];
  static char names[KEYS][16];
  uint32_t random = 12345;
  memset(present, 0, sizeof present);
  for (size_t i = 0; i < KEYS; i++)
    snprintf(names[i], sizeof names[i], "k%03zu", i);
  for (size_t round = 0; round < ROUNDS; round++) {
    omadm_store_change changes[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
      random = random * 1664525U + 1013904223U;
      size_t k = (random >> 8) % KEYS;
      /* One key once a batch: the array holds one text of it. */
      for (size_t j = 0; j < i;) {
        bool taken = omadm_str_is(changes[j].key, names[k]);
        if (taken) k = (k + 1) % KEYS;
        j = taken ? 0 : j + 1;
      }
      present[k] = (random >> 20) % 3 != 0;
      snprintf(values[k], sizeof values[k], "%.*s", (int)((random >> 24) % 20),
               "abcdefghijklmnopqrstuvw");
      changes[i] =
          (omadm_store_change){OMADM_STORE_NODE, omadm_str_of(names[k]),
                               present[k] ? omadm_str_of(values[k]) : (omadm_str){NULL, 0}};
    }
    assert_int_equal(s->ops->apply(s, changes, BATCH, NULL), 0);
    if (round % 40 != 39) continue;
    omadm_buf expected;
    omadm_buf_init(&expected, NULL, 0);
    for (size_t i = 0; i < KEYS; i++) {
      store_expect(s, names[i], present[i] ? values[i] : NULL);
      if (present[i]) omadm_buf_printf(&expected, "%s ", names[i]);
    }
    omadm_buf_add(&expected, "", 1);
    expect_list(s, "", "", expected.ptr);
    omadm_buf_dispose(&expected);
  }
}

static void a_hundred_thousand_siblings_are_listed_in_a_moment(void **state) {
  enum { COUNT = 100000, BATCH = 1000 };
  omadm_store *s = store_of(state);
  static char names[BATCH][32];
  omadm_store_change changes[BATCH];
  for (size_t i = 0; i < COUNT; i += BATCH) {
    for (size_t k = 0; k < BATCH; k++) {
      snprintf(names[k], sizeof names[k], "vendor/list/%06zu", (i + k) * 7919 % COUNT);
      changes[k] = (omadm_store_change){OMADM_STORE_NODE, omadm_str_of(names[k]), OMADM_STR("v")};
    }
    assert_int_equal(s->ops->apply(s, changes, BATCH, NULL), 0);
  }
  char after[32] = "";
  size_t n = 0;
  omadm_str key = {NULL, 0};
  omadm_str value = {NULL, 0};
  const omadm_str prefix = OMADM_STR("vendor/list/");
  while (s->ops->next(s, OMADM_STORE_NODE, prefix, omadm_str_of(after), &key, &value, NULL) == 0) {
    char expected[32];
    snprintf(expected, sizeof expected, "vendor/list/%06zu", n++);
    assert_true(omadm_str_is(key, expected));
    memcpy(after, expected, sizeof after);
  }
  assert_int_equal(n, COUNT);
}

#define OVER(backend, test)                                                                        \
  { #test " (" #backend ")", test, open_##backend, close_store, NULL }
#define OVER_BOTH(test) OVER(memory, test), OVER(sqlite, test)

int main(void) {
  const struct CMUnitTest tests[] = {
      OVER_BOTH(what_was_put_is_got),
      OVER_BOTH(an_empty_value_is_a_value),
      OVER_BOTH(keys_and_values_are_octets),
      OVER_BOTH(tables_are_apart),
      OVER_BOTH(next_walks_a_prefix_in_octet_order),
      OVER_BOTH(a_batch_is_applied_in_order),
      OVER_BOTH(a_batch_with_a_bad_change_changes_nothing),
      OVER_BOTH(a_large_value_comes_back_whole),
      OVER_BOTH(many_random_changes_leave_what_they_say),
      OVER_BOTH(a_hundred_thousand_siblings_are_listed_in_a_moment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
