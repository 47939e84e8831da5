/* SPDX-License-Identifier: MIT */
/*
 * Memory that fails: each allocation of a whole session through the framework, once; and from each
 * on. No crash, no leak, and what was told holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/faults/story.h"

typedef struct meter {
  unsigned calls, fail_at; /* the number of the call that fails, from 1; 0: none */
  bool for_good; /* and of all after it */
  long live; /* pieces not given back */
} meter;

static bool fails(meter *m) {
  m->calls++;
  if (m->fail_at == 0) return false;
  return m->for_good ? m->calls >= m->fail_at : m->calls == m->fail_at;
}

static void *meter_alloc(void *ctx, size_t n) {
  meter *m = ctx;
  void *p = fails(m) ? NULL : malloc(n);
  m->live += p != NULL;
  return p;
}

static void *meter_resize(void *ctx, void *p, size_t n) {
  meter *m = ctx;
  void *q = fails(m) ? NULL : realloc(p, n);
  m->live += q != NULL && p == NULL;
  return q;
}

static void meter_release(void *ctx, void *p) {
  meter *m = ctx;
  m->live -= p != NULL;
  free(p);
}

/* True where the allocation that should fail was asked for. */
static bool play(unsigned fail_at, bool for_good, unsigned host_flags, omadm_dialect dialect) {
  char which[100];
  meter m = {.fail_at = fail_at, .for_good = for_good};
  const omadm_mem mem = {&m, meter_alloc, meter_resize, meter_release};
  omadm_store *store = story_store();
  world w;
  world_options options;
  story told = {.over = false};
  snprintf(which, sizeof which, "allocation %u fails%s (host %u)", fail_at,
           for_good ? " and all after it" : "", host_flags);
  world_options_init(&options);
  options.store = store;
  options.mem = &mem;
  options.host_flags = host_flags;
  options.dialect = dialect;
  if (world_open(&w, &options) == 0) story_play(&w, &told);
  bool came = m.calls >= fail_at;
  m.fail_at = 0;
  if (w.framework != NULL && w.inner != NULL) story_check(&w, &told, which);
  world_close(&w);
  if (m.live != 0) fail_msg("%s: %ld pieces are not given back", which, m.live);
  story_check_store(store, &told, which);
  omadm_store_close(store);
  return came;
}

static void each_allocation(bool for_good) {
  for (unsigned host = 0; host < 4; host += 3) {
    unsigned at = 1;
    omadm_dialect dialect = host == 0 ? OMADM_DIALECT_OMA : OMADM_DIALECT_WINDOWS;
    while (play(at, for_good, host, dialect))
      at++;
    assert_true(at > 100);
    print_message("host %u: %u allocations\n", host, at - 1);
  }
}

static void one_allocation_that_fails_leaves_no_damage(void **state) {
  (void)state;
  each_allocation(false);
}

static void memory_that_runs_out_leaves_no_damage(void **state) {
  (void)state;
  each_allocation(true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_allocation_that_fails_leaves_no_damage),
      cmocka_unit_test(memory_that_runs_out_leaves_no_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
