/* SPDX-License-Identifier: MIT */
/* A process that breaks the rules of the wire is killed, and its request is 500. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <omadm/worker.h>

#include "base/clock.h"
#include "cage.h"

/* A file of the lie's name, which a liar takes for a plugin. */
static void path_of(const char *lie, char *path, size_t size) {
  snprintf(path, size, "%s/%s", LIES, lie);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  assert_true(fd >= 0);
  close(fd);
}

static omadm_err try(rig *r, const char *lie, omadm_error *error) {
  char path[400];
  path_of(lie, path, sizeof path);
  return cage_try(r, path, LIAR, error);
}

static void one_that_lies_of_itself_is_not_mounted(void **state) {
  static const struct {
    const char *lie, *text;
  } lies[] = {
      {"silent", "does not answer in time"},
      {"slots", "lacks the slots open and close"},
      {"name", "name or version that is none"},
      {"cut", "no message"},
      {"reason", "is ?[31mred?"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    rig *r = rig_new(NULL);
    omadm_error error = {0};
    assert_true(try(r, lies[i].lie, &error) < 0);
    if (strstr(error.text, lies[i].text) == NULL) fail_msg("%s: %s", lies[i].lie, error.text);
    assert_int_equal(omadm_framework_mount_count(r->framework), 1);
    rig_free(r);
  }
}

static void one_that_lies_in_a_slot_is_killed(void **state) {
  static const char *const lies[] = {"huge",    "empty",    "oversized", "unknown",
                                     "host",    "other-id", "status",    "nothing-done",
                                     "service", "stray",    "again"};
  (void)state;
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    rig *r = rig_new(NULL);
    omadm_error error = {0};
    if (try(r, lies[i], &error) != 0) fail_msg("%s: %s", lies[i], error.text);
    omadm_status status = rig_get(r, "./Vendor/Liar");
    if (status != 500) fail_msg("%s: %u %s", lies[i], status, r->log);
    if (strstr(r->log, "its process") == NULL) fail_msg("%s: %s", lies[i], r->log);
    rig_free(r);
  }
}

enum { SLOT_MS = 3000, MARGIN_MS = 1500 }; /* of cage_try; and what a busy machine adds */

static void one_that_never_ends_is_killed_in_time(void **state) {
  static const char *const lies[] = {"unfinished", "flood", "deaf", "slow"};
  (void)state;
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    rig *r = rig_new(NULL);
    omadm_error error = {0};
    if (try(r, lies[i], &error) != 0) fail_msg("%s: %s", lies[i], error.text);
    int64_t began = omadm_clock_ms();
    assert_int_equal(rig_get(r, "./Vendor/Liar"), 500);
    int64_t took = omadm_clock_ms() - began;
    if (took > SLOT_MS + MARGIN_MS) fail_msg("%s: %d ms", lies[i], (int)took);
    if (strstr(r->log, "took longer") == NULL && strstr(r->log, "did not take in time") == NULL)
      fail_msg("%s: %s", lies[i], r->log);
    rig_free(r);
  }
}

static void one_that_takes_no_answer_between_slots_is_killed_in_time(void **state) {
  rig *r = rig_new(NULL);
  omadm_error error = {0};
  (void)state;
  if (try(r, "deaf-later", &error) != 0) fail_msg("%s", error.text);
  int64_t began = omadm_clock_ms();
  assert_int_equal(rig_get(r, "./Vendor/Liar"), 500);
  assert_in_range(omadm_clock_ms() - began, 0, SLOT_MS + MARGIN_MS);
  assert_non_null(strstr(r->log, "did not take in time"));
  rig_free(r);
}

static atomic_bool released;

static omadm_err wait_for_release(void *ctx, const omadm_csp_http_request *request,
                                  omadm_csp_http_reply *reply) {
  (void)ctx, (void)request, (void)reply;
  for (int i = 0; i < 1000 && !atomic_load(&released); i++)
    usleep(10000);
  return OMADM_E_TIMEOUT;
}

static void one_that_asks_for_too_much_at_once_is_killed_at_once(void **state) {
  rig_options options = {.http = wait_for_release};
  omadm_error error = {0};
  (void)state;
  atomic_store(&released, false);
  if (omadm_worker_new(2, &options.worker, &error) != 0) fail_msg("%s", error.text);
  rig *r = rig_new(&options);
  if (try(r, "exchanges", &error) != 0) fail_msg("%s", error.text);
  int64_t began = omadm_clock_ms();
  assert_int_equal(rig_get(r, "./Vendor/Liar"), 500);
  assert_in_range(omadm_clock_ms() - began, 0, SLOT_MS - 1);
  assert_non_null(strstr(r->log, "more of network and TPM at once than may be"));
  atomic_store(&released, true);
  rig_free(r);
  omadm_worker_free(options.worker);
}

static void lines_without_end_are_dropped(void **state) {
  rig *r = rig_new(NULL);
  omadm_error error = {0};
  (void)state;
  if (try(r, "log", &error) != 0) fail_msg("%s", error.text);
  assert_int_equal(rig_get(r, "./Vendor/Liar"), 200);
  assert_non_null(strstr(r->log, "more than 1000 lines within 10 s; what follows is dropped"));
  rig_free(r);
}

static void an_answer_that_nobody_waits_for_ends_it(void **state) {
  rig *r = rig_new(NULL);
  omadm_error error = {0};
  (void)state;
  if (try(r, "twice", &error) != 0) fail_msg("%s", error.text);
  assert_int_equal(rig_get(r, "./Vendor/Liar"), 200);
  for (int i = 0; i < 100 && cage_process(r) != 0; i++) {
    omadm_framework_pump(r->framework, 0);
    usleep(20000);
  }
  assert_int_equal(cage_process(r), 0);
  assert_non_null(strstr(r->log, "it sent what no plugin sends"));
  rig_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_that_lies_of_itself_is_not_mounted),
      cmocka_unit_test(one_that_lies_in_a_slot_is_killed),
      cmocka_unit_test(one_that_never_ends_is_killed_in_time),
      cmocka_unit_test(one_that_takes_no_answer_between_slots_is_killed_in_time),
      cmocka_unit_test(one_that_asks_for_too_much_at_once_is_killed_at_once),
      cmocka_unit_test(lines_without_end_are_dropped),
      cmocka_unit_test(an_answer_that_nobody_waits_for_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
