/* SPDX-License-Identifier: MIT */
/* A TPM that is not there, goes, comes back, or does not answer. */
#include "bench.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>

#include "base/clock.h"

static const omadm_str none = {NULL, 0};

/* The TCTI of swtpm forgets the copy of its configuration where an swtpm goes away between its two
 * sockets (Tss2_Tcti_Swtpm_Init, where set_locality fails). */
OMADM_EXPORT const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libtss2-tcti-swtpm.so";
}

static omadm_tpm_status quote_with(bench *b, uint64_t key) {
  omadm_tpm_quote quote;
  return TPM_CALL(b, quote, key, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, none, &quote);
}

static void without_a_tpm_every_call_says_so_until_it_comes(void **state) {
  bench *b = *state;
  omadm_tpm_info info = {.version = 9};
  omadm_tpm_key key;
  omadm_tpm_clock clock;
  bench_open(b, 5000);
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 0);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_ABSENT);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_ABSENT);
  assert_non_null(strstr(b->logged, "no TPM at swtpm:path="));
  bench_switch_on(b, "startup-clear");
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 2);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_OK);
}

static void a_device_that_is_not_there_is_no_tpm(void **state) {
  bench *b = *state;
  omadm_tpm_info info = {.version = 9};
  omadm_tpm_clock clock;
  snprintf(b->spec, sizeof b->spec, "tss2:device:%s/tpmrm7", b->folder);
  bench_open(b, 5000);
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 0);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_ABSENT);
  assert_non_null(strstr(b->logged, "/tpmrm7 cannot be opened: No such file"));
}

static void a_tpm_that_goes_away_while_it_is_opened_is_no_tpm(void **state) {
  bench *b = *state;
  char path[128];
  omadm_tpm_clock clock;
  bench_switch_on(b, "startup-clear");
  snprintf(path, sizeof path, "%s/sock.ctrl", b->folder);
  assert_int_equal(remove(path), 0);
  bench_open(b, 5000);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_ABSENT);
}

static void a_name_that_is_no_tcti_is_explained(void **state) {
  bench *b = *state;
  omadm_tpm_clock clock;
  snprintf(b->spec, sizeof b->spec, "tss2:swtmp:path=/tmp/sock");
  bench_open(b, 5000);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_ABSENT);
  assert_non_null(strstr(b->logged, "no TPM at swtmp:path=/tmp/sock: is that a TCTI, and is "
                                    "libtss2-tcti-swtmp installed?"));
}

static void a_tpm_1_2_is_told_from_a_2_0(void **state) {
  bench *b = *state;
  char command[256];
  omadm_tpm_info info = {0};
  omadm_tpm_clock clock;
  snprintf(command, sizeof command, "rm -rf '%s/state' && mkdir '%s/state'", b->folder, b->folder);
  assert_int_equal(system(command), 0);
  bench_switch_on(b, "1.2");
  bench_open(b, 5000);
  if (TPM_CALL(b, info, &info) != OMADM_TPM_OK) fail_msg("%s", b->logged);
  assert_int_equal(info.version, 1);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_UNSUPPORTED);
}

static void a_tpm_that_nobody_started_is_started(void **state) {
  bench *b = *state;
  omadm_tpm_clock clock;
  bench_switch_on(b, "");
  bench_open(b, 5000);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_OK);
}

static void a_key_outlives_a_tpm_that_goes_and_comes(void **state) {
  bench *b = *state;
  bench_switch_on(b, "startup-clear");
  bench_open(b, 5000);
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(quote_with(b, key.handle), OMADM_TPM_OK);
    bench_switch_off(b);
    omadm_tpm_status status = quote_with(b, key.handle);
    assert_true(status == OMADM_TPM_IO || status == OMADM_TPM_ABSENT);
    assert_int_equal(quote_with(b, key.handle), OMADM_TPM_ABSENT);
    /* The second time it comes so quickly that no call notices, the third time not started. */
    bench_switch_on(b, i < 2 ? "startup-clear" : "");
    if (i > 0) continue;
    bench_switch_off(b);
    bench_switch_on(b, "startup-clear");
  }
  assert_int_equal(quote_with(b, key.handle), OMADM_TPM_OK);
}

typedef struct killer {
  bench *b;
  int after_ms;
} killer;

static void *kill_later(void *arg) {
  killer *k = arg;
  omadm_clock_sleep(k->after_ms);
  kill(k->b->pid, SIGKILL);
  return NULL;
}

static void a_tpm_that_dies_in_the_middle_fails_the_call_and_no_more(void **state) {
  bench *b = *state;
  bench_switch_on(b, "startup-clear");
  bench_open(b, 20000);
  for (int ms = 0; ms < 60; ms += 6) {
    pthread_t thread;
    omadm_tpm_key key;
    killer k = {b, ms};
    omadm_tpm_status status = OMADM_TPM_OK;
    pthread_create(&thread, NULL, kill_later, &k);
    while (status == OMADM_TPM_OK) {
      status = TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, none, &key);
      if (status == OMADM_TPM_OK) TPM_CALL(b, key_close, key.handle);
    }
    pthread_join(thread, NULL);
    if (status != OMADM_TPM_IO && status != OMADM_TPM_ABSENT) {
      fail_msg("%s\n%s", omadm_tpm_status_text(status), b->logged);
    }
    bench_switch_off(b);
    bench_switch_on(b, "startup-clear");
    assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, none, &key), OMADM_TPM_OK);
    assert_int_equal(TPM_CALL(b, key_close, key.handle), OMADM_TPM_OK);
  }
}

static void a_silent_tpm_holds_nobody_up_beyond_the_deadline(void **state) {
  bench *b = *state;
  omadm_tpm_clock clock;
  bench_switch_on(b, "startup-clear");
  bench_open(b, 200);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_OK);
  kill(b->pid, SIGSTOP);
  int64_t begin = omadm_clock_ms();
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_TIMEOUT);
  int64_t middle = omadm_clock_ms();
  assert_true(middle - begin >= 200 && middle - begin < 2000);
  assert_int_equal(TPM_CALL(b, clock, &clock), OMADM_TPM_BUSY);
  assert_true(omadm_clock_ms() - middle < 100);
  kill(b->pid, SIGCONT);
  omadm_tpm_status status = OMADM_TPM_BUSY;
  for (int i = 0; i < 500 && status == OMADM_TPM_BUSY; i++) {
    omadm_clock_sleep(10);
    status = TPM_CALL(b, clock, &clock);
  }
  assert_int_equal(status, OMADM_TPM_OK);
}

static void a_provider_closes_though_its_tpm_is_silent(void **state) {
  bench *b = *state;
  omadm_tpm_key key;
  bench_switch_on(b, "startup-clear");
  bench_open(b, 200);
  bench_key(b, OMADM_TPM_SIGN_P256);
  kill(b->pid, SIGSTOP);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, none, &key), OMADM_TPM_TIMEOUT);
  omadm_tpm_close(&b->tpm);
  /* Its thread still waits, and ends with the TPM's answer. */
  kill(b->pid, SIGCONT);
  omadm_clock_sleep(300);
  bench_open(b, 5000);
  bench_key(b, OMADM_TPM_SIGN_P256);
}

/* The close does not wait for what the call has given up. */
static void call_and_close_together_keep_the_deadline(void **state) {
  bench *b = *state;
  enum { DEADLINE = 2000 };
  omadm_tpm_key key;
  bench_switch_on(b, "startup-clear");
  bench_open(b, DEADLINE);
  bench_key(b, OMADM_TPM_SIGN_P256);
  kill(b->pid, SIGSTOP);
  int64_t begin = omadm_clock_ms();
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, none, &key), OMADM_TPM_TIMEOUT);
  omadm_tpm_close(&b->tpm);
  assert_true(omadm_clock_ms() - begin <= DEADLINE + 1000);
  kill(b->pid, SIGCONT);
  omadm_clock_sleep(300);
}

typedef struct user {
  bench *b;
  uint64_t ak;
  atomic_int failures;
} user;

static void *use(void *arg) {
  user *u = arg;
  for (int i = 0; i < 10; i++) {
    omadm_tpm_key key;
    omadm_tpm_clock clock;
    omadm_tpm_signed certified;
    bool good = TPM_CALL(u->b, key_open, OMADM_TPM_SIGN_P256, none, &key) == OMADM_TPM_OK &&
                quote_with(u->b, u->ak) == OMADM_TPM_OK &&
                TPM_CALL(u->b, certify, u->ak, key.handle, none, &certified) == OMADM_TPM_OK &&
                TPM_CALL(u->b, clock, &clock) == OMADM_TPM_OK &&
                TPM_CALL(u->b, key_close, key.handle) == OMADM_TPM_OK;
    if (!good) atomic_fetch_add(&u->failures, 1);
  }
  return NULL;
}

static void several_threads_share_a_provider(void **state) {
  bench *b = *state;
  pthread_t threads[5];
  bench_switch_on(b, "startup-clear");
  bench_open(b, 30000);
  omadm_tpm_key ak = bench_key(b, OMADM_TPM_AK_P256);
  user u = {.b = b, .ak = ak.handle};
  for (size_t i = 0; i < 5; i++)
    pthread_create(&threads[i], NULL, use, &u);
  for (size_t i = 0; i < 5; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&u.failures), 0);
}

static void *quote_once(void *arg) {
  user *u = arg;
  omadm_tpm_status status = quote_with(u->b, u->ak);
  atomic_store(&u->failures, (int)status);
  return NULL;
}

static void who_waits_behind_a_silent_call_is_told_that_the_tpm_is_busy(void **state) {
  bench *b = *state;
  pthread_t threads[2];
  bench_switch_on(b, "startup-clear");
  bench_open(b, 400);
  omadm_tpm_key ak = bench_key(b, OMADM_TPM_AK_P256);
  user first = {.b = b, .ak = ak.handle}, second = first;
  kill(b->pid, SIGSTOP);
  pthread_create(&threads[0], NULL, quote_once, &first);
  omadm_clock_sleep(100);
  pthread_create(&threads[1], NULL, quote_once, &second);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  kill(b->pid, SIGCONT);
  assert_int_equal(atomic_load(&first.failures), OMADM_TPM_TIMEOUT);
  assert_int_equal(atomic_load(&second.failures), OMADM_TPM_BUSY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup_off, bench_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(without_a_tpm_every_call_says_so_until_it_comes),
      TEST(a_device_that_is_not_there_is_no_tpm),
      TEST(a_tpm_that_goes_away_while_it_is_opened_is_no_tpm),
      TEST(a_name_that_is_no_tcti_is_explained),
      TEST(a_tpm_1_2_is_told_from_a_2_0),
      TEST(a_tpm_that_nobody_started_is_started),
      TEST(a_key_outlives_a_tpm_that_goes_and_comes),
      TEST(a_tpm_that_dies_in_the_middle_fails_the_call_and_no_more),
      TEST(a_silent_tpm_holds_nobody_up_beyond_the_deadline),
      TEST(a_provider_closes_though_its_tpm_is_silent),
      TEST(call_and_close_together_keep_the_deadline),
      TEST(several_threads_share_a_provider),
      TEST(who_waits_behind_a_silent_call_is_told_that_the_tpm_is_busy),
  };
  /* Stays loaded, so that what leaks there has a name. */
  if (dlopen("libtss2-tcti-swtpm.so.0", RTLD_LAZY) == NULL) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
