/* SPDX-License-Identifier: MIT */
/*
 * malloc, calloc and realloc that fail, whoever of us calls them: the store, CSPs and the copying
 * host too, which take no omadm_mem. The linker puts the functions below in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/faults/judge.h"
#include "tests/faults/story.h"

static bool armed;
static unsigned calls, fail_at; /* the number of the call that fails, from 1 */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void) {
  return armed && !story_outside && ++calls == fail_at;
}

void *__wrap_malloc(size_t n) {
  return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n) {
  return fails() ? NULL : __real_realloc(p, n);
}

/* True where the call that should fail came. `session`: of a session; else of the start. */
static bool play(unsigned at, bool session, unsigned host_flags) {
  char which[100];
  omadm_store *store = story_store();
  world w;
  world_options options;
  story told = {.over = false};
  snprintf(which, sizeof which, "call %u fails (host %u)", at, host_flags);
  world_options_init(&options);
  options.store = store;
  options.host_flags = host_flags;
  calls = 0;
  fail_at = at;
  armed = !session;
  omadm_err err = world_open(&w, &options);
  armed = session;
  if (err == 0 && session) story_play(&w, &told);
  armed = false;
  bool came = calls >= at;
  if (err == 0) story_check(&w, &told, which);
  world_close(&w);
  story_check_store(store, &told, which);
  omadm_store_close(store);
  return came;
}

static void each_call(bool session, unsigned host_flags) {
  unsigned at = 1;
  while (play(at, session, host_flags))
    at++;
  print_message("host %u: %u calls\n", host_flags, at - 1);
  assert_true(at > 50);
}

static void a_start_without_memory_leaves_no_damage(void **state) {
  (void)state;
  each_call(false, 0);
}

static void a_session_without_memory_leaves_no_damage(void **state) {
  (void)state;
  each_call(true, 0);
  each_call(true, OMADM_HOST_COPYING | OMADM_HOST_LATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_without_memory_leaves_no_damage),
      cmocka_unit_test(a_start_without_memory_leaves_no_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
