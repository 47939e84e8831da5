/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"

static void an_arena_hands_out_aligned_pieces_that_do_not_overlap(void **state) {
  (void)state;
  omadm_arena arena;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  char *last = NULL;
  for (size_t n = 1; n < 5000; n += 37) {
    char *p = omadm_arena_alloc(&arena, n);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
    memset(p, (int)n, n);
    if (last != NULL) assert_int_equal((unsigned char)last[0], (unsigned char)(n - 37));
    last = p;
  }
  omadm_arena_dispose(&arena);
}

static void an_arena_stops_at_its_limit(void **state) {
  (void)state;
  omadm_arena arena;
  omadm_arena_init(&arena, &omadm_mem_default, 8192);
  assert_non_null(omadm_arena_alloc(&arena, 5000));
  assert_null(omadm_arena_alloc(&arena, 5000));
  assert_null(omadm_arena_alloc(&arena, SIZE_MAX));
  assert_null(omadm_arena_new(&arena, SIZE_MAX / 2, 4));
  assert_non_null(omadm_arena_alloc(&arena, 1000));
  omadm_arena_dispose(&arena);
}

static void a_reset_arena_keeps_its_largest_block(void **state) {
  (void)state;
  omadm_arena arena;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  for (int i = 0; i < 100; i++)
    assert_non_null(omadm_arena_alloc(&arena, 1000));
  size_t largest = (size_t)(arena.end - (char *)arena.block);
  omadm_arena_reset(&arena);
  assert_int_equal((size_t)(arena.end - (char *)arena.block), largest);
  assert_true(arena.total < largest);
  assert_non_null(omadm_arena_alloc(&arena, 1000));
  omadm_arena_dispose(&arena);
}

static void a_copy_is_terminated(void **state) {
  (void)state;
  omadm_arena arena;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  omadm_str copy = omadm_arena_copy(&arena, (omadm_str){"abcdef", 3});
  assert_string_equal(copy.ptr, "abc");
  assert_int_equal(copy.len, 3);
  copy = omadm_arena_copy(&arena, (omadm_str){NULL, 0});
  assert_string_equal(copy.ptr, "");
  omadm_arena_dispose(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_arena_hands_out_aligned_pieces_that_do_not_overlap),
      cmocka_unit_test(an_arena_stops_at_its_limit),
      cmocka_unit_test(a_reset_arena_keeps_its_largest_block),
      cmocka_unit_test(a_copy_is_terminated),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
