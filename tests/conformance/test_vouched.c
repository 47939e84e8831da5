/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "conformance/attestation/vouched.h"

static void only_what_was_proven_is_vouched_for(void **state) {
  (void)state;
  vouched *it = calloc(1, sizeof *it);
  assert_false(vouched_has(it, omadm_str_of("one")));
  vouched_add(it, omadm_str_of("one"));
  vouched_add(it, omadm_str_of("one"));
  assert_int_equal(it->n, 1);
  assert_true(vouched_has(it, omadm_str_of("one")));
  assert_false(vouched_has(it, omadm_str_of("on")));
  assert_false(vouched_has(it, (omadm_str){NULL, 0}));
  free(it);
}

static void a_service_alone_vouches_for_nothing(void **state) {
  (void)state;
  vouched_add(NULL, omadm_str_of("one"));
  assert_false(vouched_has(NULL, omadm_str_of("one")));
}

static void the_oldest_is_forgotten(void **state) {
  (void)state;
  vouched *it = calloc(1, sizeof *it);
  char name[16];
  vouched_add(it, omadm_str_of("first"));
  for (int i = 0; i < VOUCHED_MAX; i++) {
    snprintf(name, sizeof name, "%d", i);
    vouched_add(it, omadm_str_of(name));
  }
  assert_int_equal(it->n, VOUCHED_MAX);
  assert_false(vouched_has(it, omadm_str_of("first")));
  assert_true(vouched_has(it, omadm_str_of("0")));
  assert_true(vouched_has(it, omadm_str_of(name)));
  free(it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_what_was_proven_is_vouched_for),
      cmocka_unit_test(a_service_alone_vouches_for_nothing),
      cmocka_unit_test(the_oldest_is_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
