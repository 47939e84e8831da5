/* SPDX-License-Identifier: MIT */
/*
 * A process that dies at each step of setting a large value, or whose disk is full there. The calls
 * by which the spool touches the disk are wrapped (--wrap): the nth of them ends the process, or
 * fails.
 */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIN "./Vendor/S/Bin"

static int step, die_at, full_at;

/* True where this call is to fail. */
static bool fails(void) {
  step++;
  if (step == die_at) _exit(9);
  return step == full_at;
}

ssize_t __real_write(int fd, const void *octets, size_t n);
ssize_t __wrap_write(int fd, const void *octets, size_t n);
ssize_t __wrap_write(int fd, const void *octets, size_t n) {
  if (!fails()) return __real_write(fd, octets, n);
  errno = ENOSPC;
  return -1;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
  if (!fails()) return __real_fsync(fd);
  errno = ENOSPC;
  return -1;
}

int __real_renameat(int from, const char *a, int to, const char *b);
int __wrap_renameat(int from, const char *a, int to, const char *b);
int __wrap_renameat(int from, const char *a, int to, const char *b) {
  if (!fails()) return __real_renameat(from, a, to, b);
  errno = ENOSPC;
  return -1;
}

int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags) {
  (void)fails();
  return __real_unlinkat(folder, name, flags);
}

static omadm_status set(device *d, unsigned seed) {
  omadm_status status = device_write(d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, seed), 30000);
  if (status == OMADM_ST_OK && d->tree->settle(d->tree->ctx) != 0) status = OMADM_ST_STORE_FAILED;
  return status;
}

static void begin(device *d) {
  die_at = full_at = 0;
  device_begin(d, 0);
  device_open(d);
  assert_int_equal(set(d, 1), OMADM_ST_OK);
}

/* The value is that of before or that of after, and no other file is there. */
static bool check(device *d, bool *after) {
  uint64_t octets = 0;
  omadm_answer piece;
  omadm_str old = device_octets(LARGE, 1);
  assert_int_equal(device_get(d, BIN), OMADM_ST_OK);
  assert_int_equal(d->tree->read(d->tree->ctx, d->answer.snapshot, 0, 100, &piece), OMADM_ST_OK);
  *after = memcmp(piece.data.ptr, old.ptr, piece.data.len) != 0;
  d->tree->release(d->tree->ctx, d->answer.snapshot);
  device_assert(d, BIN, device_octets(LARGE, *after ? 2 : 1));
  return device_files(d, &octets) == 1 && octets == LARGE;
}

static void a_death_at_any_step_leaves_before_or_after(void **state) {
  device d;
  bool lived = false, was_after = false;
  (void)state;
  for (int at = 1; !lived; at++) {
    int how = 0;
    bool after = false;
    begin(&d);
    device_close(&d);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      device_open(&d);
      step = 0;
      die_at = at;
      _exit(set(&d, 2) == OMADM_ST_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    lived = WEXITSTATUS(how) == 0;
    assert_true(lived || WEXITSTATUS(how) == 9);
    device_open(&d);
    assert_true(check(&d, &after));
    assert_true(!lived || after);
    assert_true(!was_after || after); /* once it is done it stays done */
    was_after = after;
    device_close(&d);
    device_end(&d);
    assert_true(at < 100);
  }
  assert_true(was_after);
}

static void a_full_disk_at_any_step_answers_420_and_changes_nothing(void **state) {
  device d;
  omadm_status status = OMADM_ST_NONE;
  (void)state;
  for (int at = 1; status != OMADM_ST_OK; at++) {
    bool after = false;
    begin(&d);
    step = 0;
    full_at = at;
    status = set(&d, 2);
    full_at = 0;
    assert_true(status == OMADM_ST_DEVICE_FULL || status == OMADM_ST_OK);
    assert_int_equal(d.tree->settle(d.tree->ctx), 0);
    device_close(&d);
    device_open(&d);
    assert_true(check(&d, &after));
    assert_int_equal(after, status == OMADM_ST_OK);
    device_close(&d);
    device_end(&d);
    assert_true(at < 100);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_death_at_any_step_leaves_before_or_after),
      cmocka_unit_test(a_full_disk_at_any_step_answers_420_and_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
