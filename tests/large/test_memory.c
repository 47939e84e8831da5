/* SPDX-License-Identifier: MIT */
/* How much memory the changes of a message take before they are durable. */
#include "device.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 160000, MEGABYTE = 1048576 };

static struct { size_t now, most; } memory;

static void count(size_t gone, size_t come) {
  memory.now += come - gone;
  if (memory.now > memory.most) memory.most = memory.now;
}

static void *resize(void *ctx, void *p, size_t n) {
  (void)ctx;
  size_t before = p != NULL ? malloc_usable_size(p) : 0;
  void *fresh = realloc(p, n);
  if (fresh != NULL) count(before, malloc_usable_size(fresh));
  return fresh;
}

static void *allocate(void *ctx, size_t n) {
  return resize(ctx, NULL, n);
}

static void drop(void *ctx, void *p) {
  (void)ctx;
  if (p != NULL) count(malloc_usable_size(p), 0);
  free(p);
}

static const omadm_mem counting = {NULL, allocate, resize, drop};

static void start(device *d, uint64_t transaction) {
  memory.now = memory.most = 0;
  device_begin(d, 0);
  d->mem = &counting;
  d->transaction = transaction;
  device_open(d);
  device_write(d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(900, 1), 0);
  assert_int_equal(d->tree->settle(d->tree->ctx), 0);
}

static void end(device *d) {
  device_close(d);
  device_end(d);
  assert_int_equal(memory.now, 0);
}

static void changes_of_one_message_do_not_fill_memory(void **state) {
  device d;
  (void)state;
  start(&d, 0);
  const omadm_str value = device_octets(900, 2);
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/a/V", value, 0), OMADM_ST_OK);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  device_assert(&d, "./Vendor/S/a/V", value);
  assert_in_range(memory.most, 1, 56 * (size_t)MEGABYTE);
  end(&d);
}

static void renames_of_one_message_do_not_fill_memory(void **state) {
  device d;
  (void)state;
  start(&d, 0);
  for (size_t i = 0; i < MANY / 8; i++)
    assert_int_equal(
        device_rename(&d, i % 2 == 0 ? "./Vendor/S/a" : "./Vendor/S/b", i % 2 == 0 ? "b" : "a"),
        OMADM_ST_OK);
  assert_in_range(memory.most, 1, 56 * (size_t)MEGABYTE);
  device_assert(&d, "./Vendor/S/a/V", device_octets(900, 1));
  end(&d);
}

/* Replaces until it is refused; how often that went well. */
static size_t fill(device *d, const char *uri) {
  const omadm_str value = device_octets(900, 3);
  omadm_status status = OMADM_ST_OK;
  size_t n = 0;
  assert_int_equal(d->tree->begin(d->tree->ctx, &d->origin), OMADM_ST_OK);
  while (n < MANY && (status = device_write(d, OMADM_VERB_REPLACE, uri, value, 0)) == OMADM_ST_OK)
    n++;
  assert_int_equal(status, OMADM_ST_TOO_LARGE);
  d->tree->rollback(d->tree->ctx, NULL, 0);
  return n;
}

static void an_atomic_that_changes_too_much_is_refused_and_undone(void **state) {
  device d;
  (void)state;
  start(&d, MEGABYTE);
  for (int i = 0; i < 20; i++)
    assert_in_range(fill(&d, "./Vendor/S/a/V"), 500, 1200);
  assert_in_range(memory.most, 1, 5 * (size_t)MEGABYTE);
  device_assert(&d, "./Vendor/S/a/V", device_octets(900, 1));
  end(&d);
}

static void what_a_plugin_would_need_to_go_back_counts_too(void **state) {
  device d;
  (void)state;
  start(&d, MEGABYTE);
  device_write(&d, OMADM_VERB_REPLACE, "./Vendor/W/V", device_octets(900, 1), 0);
  for (int i = 0; i < 20; i++)
    assert_in_range(fill(&d, "./Vendor/W/V"), 200, 1200);
  assert_in_range(memory.most, 1, 8 * (size_t)MEGABYTE);
  device_assert(&d, "./Vendor/W/V", device_octets(900, 1));
  end(&d);
}

static void a_rename_that_moves_too_much_is_refused_and_undone(void **state) {
  device d;
  (void)state;
  start(&d, 100);
  assert_int_equal(device_rename(&d, "./Vendor/S/a", "b"), OMADM_ST_TOO_LARGE);
  device_assert(&d, "./Vendor/S/a/V", device_octets(900, 1));
  assert_int_equal(device_get(&d, "./Vendor/S/b/V"), OMADM_ST_NOT_FOUND);
  /* What makes room is never refused. */
  assert_int_equal(device_remove(&d, "./Vendor/S/a"), OMADM_ST_OK);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  end(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_of_one_message_do_not_fill_memory),
      cmocka_unit_test(renames_of_one_message_do_not_fill_memory),
      cmocka_unit_test(an_atomic_that_changes_too_much_is_refused_and_undone),
      cmocka_unit_test(what_a_plugin_would_need_to_go_back_counts_too),
      cmocka_unit_test(a_rename_that_moves_too_much_is_refused_and_undone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
