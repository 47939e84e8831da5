/* SPDX-License-Identifier: MIT */
/* The overlay against a plain table that does the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "csp-framework/overlay.h"

enum { KEYS = 40, DEPTH = 8 };

/* What should be there: a letter for a value, 0 for none. */
typedef struct model {
  char value[KEYS];
} model;

static omadm_str key_of(unsigned i, char text[4]) {
  text[0] = (char)('a' + i / 10);
  text[1] = (char)('0' + i % 10);
  return (omadm_str){text, 2};
}

static void expect(fw_overlay *o, const model *m) {
  char text[4];
  omadm_str value, key;
  for (unsigned i = 0; i < KEYS; i++) {
    omadm_err err = overlay_get(o, OMADM_STORE_NODE, key_of(i, text), &value);
    assert_int_equal(err, m->value[i] != 0 ? 0 : OMADM_E_NOT_FOUND);
    if (err == 0) assert_int_equal(value.ptr[0], m->value[i]);
  }
  for (unsigned letter = 0; letter < KEYS / 10; letter++) {
    char prefix_text = (char)('a' + letter);
    const omadm_str prefix = {&prefix_text, 1};
    char after[4] = {prefix_text};
    size_t len = 1;
    for (unsigned i = letter * 10; i < letter * 10 + 10; i++) {
      if (m->value[i] == 0) continue;
      assert_int_equal(
          overlay_next(o, OMADM_STORE_NODE, prefix, (omadm_str){after, len}, &key, &value), 0);
      assert_true(omadm_str_equal(key, key_of(i, text)));
      assert_int_equal(value.ptr[0], m->value[i]);
      memcpy(after, key.ptr, key.len);
      len = key.len;
    }
    omadm_err err =
        overlay_next(o, OMADM_STORE_NODE, prefix, (omadm_str){after, len}, &key, &value);
    assert_int_equal(err, OMADM_E_NOT_FOUND);
  }
}

static unsigned next_random(uint64_t *seed) {
  *seed = *seed * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)(*seed >> 40);
}

static void change(fw_overlay *o, model *m, uint64_t *seed) {
  char text[4];
  unsigned i = next_random(seed) % KEYS;
  char letter = next_random(seed) % 3 == 0 ? 0 : (char)('A' + next_random(seed) % 26);
  const omadm_str value = {letter != 0 ? &letter : NULL, letter != 0};
  assert_int_equal(overlay_put(o, OMADM_STORE_NODE, key_of(i, text), value), 0);
  m->value[i] = letter;
}

static void any_order_of_changes_marks_and_settles_is_a_map(void **state) {
  (void)state;
  for (uint64_t round = 1; round <= 60; round++) {
    omadm_store *store = NULL;
    fw_overlay o;
    uint64_t seed = round;
    model now = {{0}}, at_mark = {{0}};
    size_t mark = 0;
    bool held = false;
    assert_int_equal(omadm_store_new_memory(&store, NULL), 0);
    assert_int_equal(overlay_init(&o, &omadm_mem_default, store, NULL), 0);
    for (int step = 0; step < 150; step++) {
      switch (next_random(&seed) % 10) {
      case 0:
        if (!held) mark = overlay_mark(&o);
        if (!held) at_mark = now;
        held = true;
        break;
      case 1:
        if (held) overlay_undo(&o, mark);
        if (held) now = at_mark;
        held = false;
        break;
      case 2: held = false; break;
      case 3:
        assert_int_equal(overlay_settle(&o, held ? mark : OVERLAY_ALL, NULL), 0);
        mark = 0;
        break;
      default: change(&o, &now, &seed);
      }
      expect(&o, &now);
    }
    if (!held) at_mark = now;
    assert_int_equal(overlay_settle(&o, held ? mark : OVERLAY_ALL, NULL), 0);
    overlay_dispose(&o); /* what was held is lost, the rest is in the store */
    assert_int_equal(overlay_init(&o, &omadm_mem_default, store, NULL), 0);
    expect(&o, &at_mark);
    overlay_dispose(&o);
    omadm_store_close(store);
  }
}

typedef struct failing_store {
  omadm_store base;
  omadm_store *real;
  int fail;
} failing_store;

static omadm_err failing_get(omadm_store *s, omadm_store_table t, omadm_str key, omadm_str *value,
                             omadm_error *error) {
  failing_store *f = (failing_store *)s;
  if (f->fail) return omadm_error_set(error, OMADM_E_STORE, "disk I/O error");
  return f->real->ops->get(f->real, t, key, value, error);
}

static omadm_err failing_next(omadm_store *s, omadm_store_table t, omadm_str prefix,
                              omadm_str after, omadm_str *key, omadm_str *value,
                              omadm_error *error) {
  failing_store *f = (failing_store *)s;
  if (f->fail) return omadm_error_set(error, OMADM_E_STORE, "disk I/O error");
  return f->real->ops->next(f->real, t, prefix, after, key, value, error);
}

static omadm_err failing_apply(omadm_store *s, const omadm_store_change *changes, size_t n,
                               omadm_error *error) {
  failing_store *f = (failing_store *)s;
  if (f->fail) return omadm_error_set(error, OMADM_E_STORE, "the disk is full");
  return f->real->ops->apply(f->real, changes, n, error);
}

static void a_settle_that_fails_loses_nothing(void **state) {
  static const omadm_store_ops ops = {
      .struct_size = sizeof ops, .get = failing_get, .next = failing_next, .apply = failing_apply};
  failing_store store = {.base = {&ops}, .fail = 1};
  fw_overlay o;
  uint64_t seed = 5;
  model now = {{0}}, at_mark;
  (void)state;
  assert_int_equal(omadm_store_new_memory(&store.real, NULL), 0);
  assert_int_equal(overlay_init(&o, &omadm_mem_default, &store.base, NULL), 0);
  for (int i = 0; i < 20; i++)
    change(&o, &now, &seed);
  size_t mark = overlay_mark(&o);
  at_mark = now;
  for (int i = 0; i < 20; i++)
    change(&o, &now, &seed);
  omadm_error error = {0};
  assert_int_equal(overlay_settle(&o, mark, &error), OMADM_E_STORE);
  assert_string_equal(error.text, "the disk is full");
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), OMADM_E_STORE);
  store.fail = 0;
  expect(&o, &now);
  overlay_undo(&o, mark);
  expect(&o, &at_mark);
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), 0);
  expect(&o, &at_mark);
  now = at_mark;
  for (int i = 0; i < 20; i++)
    change(&o, &now, &seed);
  mark = overlay_mark(&o);
  overlay_forget(&o, mark);
  expect(&o, &at_mark);
  overlay_dispose(&o);
  omadm_store_close(store.real);
}

static void keep_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  char *lines = ctx;
  size_t used = strlen(lines);
  (void)module;
  assert_int_equal(level, OMADM_LOG_ERROR);
  snprintf(lines + used, 300 - used, "%s\n", text);
}

static void what_the_store_says_when_it_fails_is_logged_once(void **state) {
  static const omadm_store_ops ops = {
      .struct_size = sizeof ops, .get = failing_get, .next = failing_next, .apply = failing_apply};
  failing_store store = {.base = {&ops}, .fail = 1};
  char lines[300] = "", text[4];
  const omadm_log log = {sizeof log, lines, OMADM_LOG_DEBUG, keep_line};
  const omadm_str all = {"", 0};
  const char *line = "the store could not be read: disk I/O error\n";
  fw_overlay o;
  omadm_str key = key_of(1, text), next, value;
  (void)state;
  assert_int_equal(omadm_store_new_memory(&store.real, NULL), 0);
  assert_int_equal(overlay_init(&o, &omadm_mem_default, &store.base, &log), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(overlay_get(&o, OMADM_STORE_NODE, key, &value), OMADM_E_STORE);
    assert_int_equal(overlay_next(&o, OMADM_STORE_NODE, all, all, &next, &value), OMADM_E_STORE);
  }
  assert_string_equal(lines, line);
  store.fail = 0;
  assert_int_equal(overlay_get(&o, OMADM_STORE_META, key, &value), OMADM_E_NOT_FOUND);
  store.fail = 1;
  lines[0] = '\0';
  assert_int_equal(overlay_get(&o, OMADM_STORE_META, key, &value), OMADM_E_STORE);
  assert_string_equal(lines, line);
  lines[0] = '\0';
  const omadm_store_change change = {OMADM_STORE_META, key, key};
  assert_int_equal(overlay_apply(&o, &change, 1, "a number"), OMADM_E_STORE);
  assert_string_equal(lines, "a number could not be stored: the disk is full\n");
  overlay_dispose(&o);
  omadm_store_close(store.real);
}

typedef struct erasing_store {
  omadm_store base;
  omadm_store *real;
  unsigned erased[2]; /* by how */
  omadm_err answer;
} erasing_store;

static omadm_err erasing_get(omadm_store *s, omadm_store_table t, omadm_str key, omadm_str *value,
                             omadm_error *error) {
  omadm_store *real = ((erasing_store *)s)->real;
  return real->ops->get(real, t, key, value, error);
}

static omadm_err erasing_apply(omadm_store *s, const omadm_store_change *changes, size_t n,
                               omadm_error *error) {
  omadm_store *real = ((erasing_store *)s)->real;
  return real->ops->apply(real, changes, n, error);
}

static omadm_err count_erase(omadm_store *s, omadm_store_erasure how, omadm_error *error) {
  erasing_store *self = (erasing_store *)s;
  (void)error;
  self->erased[how]++;
  return self->answer;
}

static void put_secret(fw_overlay *o, const char *key, bool later) {
  const omadm_str value = OMADM_STR("v");
  assert_int_equal(overlay_put(o, OMADM_STORE_NODE, omadm_str_of(key), value), 0);
  overlay_mark_secret(o, OMADM_STORE_NODE, omadm_str_of(key), later);
}

static void expect_erased(const erasing_store *store, unsigned log, unsigned all) {
  assert_int_equal(store->erased[OMADM_STORE_ERASE_LOG], log);
  assert_int_equal(store->erased[OMADM_STORE_ERASE_ALL], all);
}

static void a_secret_is_erased_once_it_is_overwritten_in_the_store(void **state) {
  static const omadm_store_ops ops = {
      .struct_size = sizeof ops, .get = erasing_get, .apply = erasing_apply, .erase = count_erase};
  erasing_store store = {.base = {&ops}};
  fw_overlay o;
  (void)state;
  assert_int_equal(omadm_store_new_memory(&store.real, NULL), 0);
  assert_int_equal(overlay_init(&o, &omadm_mem_default, &store.base, NULL), 0);
  assert_int_equal(overlay_put(&o, OMADM_STORE_NODE, omadm_str_of("open"), omadm_str_of("v")), 0);
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), 0);
  expect_erased(&store, 0, 0);
  size_t mark = overlay_mark(&o); /* taken back: nothing was overwritten */
  put_secret(&o, "secret", false);
  overlay_undo(&o, mark);
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), 0);
  expect_erased(&store, 0, 0);
  put_secret(&o, "passing", true);
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), 0);
  expect_erased(&store, 0, 0);
  overlay_erase(&o);
  overlay_erase(&o);
  expect_erased(&store, 1, 0);
  assert_int_equal(overlay_put(&o, OMADM_STORE_NODE, omadm_str_of("open"), omadm_str_of("w")), 0);
  mark = overlay_mark(&o); /* not settled yet, as in an open Atomic */
  put_secret(&o, "secret", false);
  assert_int_equal(overlay_settle(&o, mark, NULL), 0);
  expect_erased(&store, 1, 0);
  store.answer = OMADM_E_LOCKED; /* and tried again */
  assert_int_equal(overlay_settle(&o, OVERLAY_ALL, NULL), 0);
  expect_erased(&store, 1, 1);
  store.answer = OMADM_OK;
  overlay_erase(&o);
  overlay_erase(&o);
  expect_erased(&store, 1, 2);
  overlay_dispose(&o);
  omadm_store_close(store.real);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_secret_is_erased_once_it_is_overwritten_in_the_store),
      cmocka_unit_test(any_order_of_changes_marks_and_settles_is_a_map),
      cmocka_unit_test(a_settle_that_fails_loses_nothing),
      cmocka_unit_test(what_the_store_says_when_it_fails_is_logged_once),
  };
  return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
