/* SPDX-License-Identifier: MIT */
/* A plugin in a process of its own does what it does in the agent's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omadm/tpm.h>
#include <omadm/worker.h>

#include "cage.h"

#define BASE "./Vendor/Trial"

static int set_up(void **state) {
  *state = cage_new("trial_plain", NULL);
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void an_example_is_read_through_its_process(void **state) {
  omadm_error error = {0};
  rig *r = rig_new(NULL);
  (void)state;
  if (cage_try(r, HELLO, CHILD, &error) != 0) fail_msg("%s", error.text);
  rig_expect(r, "./Vendor/Hello", "hello, world");
  rig_free(r);
}

static void its_process_is_another_one(void **state) {
  rig *r = *state;
  char pid[20];
  snprintf(pid, sizeof pid, "%d", cage_process(r));
  assert_int_not_equal(cage_process(r), getpid());
  rig_expect(r, BASE "/Pid", pid);
}

static void values_and_settings_go_both_ways(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "one"), 200);
  rig_expect(r, BASE "/Value", "one");
  rig_expect(r, BASE "/Setting", "hello Trial");
  cage_expect_status(r, BASE "/Now", 200);
}

static void a_list_leaves_out_what_is_no_name(void **state) {
  rig *r = *state;
  assert_int_equal(rig_list(r, BASE "/List"), 200);
  assert_string_equal(r->text, "one/two words/three");
  assert_non_null(strstr(r->log, "cannot stand in a URI"));
}

static void a_large_value_comes_in_pieces(void **state) {
  rig *r = *state;
  cage_expect_status(r, BASE "/Big", 200);
}

static void it_has_no_descriptor_of_the_agent(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Fds", "0 1 2 3 4"); /* the socket and its own bell */
}

static void a_late_answer_arrives(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Late", "late");
}

static void a_job_may_call_some_services_only(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Stray", "-3 1");
  assert_non_null(strstr(r->log, "Trial: from a job"));
  assert_non_null(strstr(r->log, "the service value is called from a job"));
}

static void an_exec_that_goes_on_ends_in_an_alert(void **state) {
  rig *r = *state;
  rig_start(r, OMADM_VERB_EXEC, BASE "/Run", "job");
  cage_pump(r);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 1);
}

static void events_arrive(void **state) {
  rig *r = *state;
  omadm_framework_tree(r->framework);
  omadm_framework_event(r->framework, OMADM_CSP_SESSION_BEGAN, omadm_str_of("srv"));
  rig_expect(r, BASE "/Events", "1:srv ");
}

static omadm_err answer_http(void *ctx, const omadm_csp_http_request *q, omadm_csp_http_reply *a) {
  (void)ctx;
  a->status = 201;
  a->headers_len = (size_t)snprintf(a->headers, a->headers_size, "A: b");
  a->body_len =
      (size_t)snprintf(a->body, a->body_size, "%.*s answered", (int)q->body.len, q->body.ptr);
  return OMADM_OK;
}

static omadm_tpm_status tpm_info(uint64_t self, omadm_tpm_info *info) {
  *info = (omadm_tpm_info){.version = 2, .manufacturer = "ACME"};
  return self == 9 ? OMADM_TPM_OK : OMADM_TPM_IO;
}

static omadm_tpm_status tpm_random(uint64_t self, uint8_t *octets, size_t n) {
  (void)self;
  memset(octets, 0xAB, n);
  return OMADM_TPM_OK;
}

static void network_and_tpm_stay_with_the_agent(void **state) {
  static const omadm_tpm_calls calls = {
      .struct_size = sizeof calls, .info = tpm_info, .random = tpm_random};
  static const omadm_tpm tpm = {.calls = &calls, .self = 9};
  rig_options options = rig_mode;
  omadm_error error = {0};
  (void)state;
  for (int threads = 0; threads < 3; threads += 2) {
    options.http = answer_http;
    options.tpm = &tpm;
    options.worker = NULL;
    if (threads > 0 && omadm_worker_new((unsigned)threads, &options.worker, &error) != 0)
      fail_msg("%s", error.text);
    rig *r = cage_new("trial_plain", &options);
    rig_expect(r, BASE "/Http", "0 0 201 A: b ask answered");
    rig_expect(r, BASE "/Tpm", "0 ACME 0 abab");
    rig_free(r);
    omadm_worker_free(options.worker);
  }
}

static unsigned keys_open;

static omadm_tpm_status tpm_key_open(uint64_t self, omadm_tpm_key_kind kind, omadm_str blob,
                                     omadm_tpm_key *key) {
  (void)self, (void)kind, (void)blob;
  *key = (omadm_tpm_key){.handle = 7};
  keys_open++;
  return OMADM_TPM_OK;
}

static omadm_tpm_status tpm_key_close(uint64_t self, uint64_t key) {
  (void)self;
  assert_int_equal(key, 7);
  keys_open--;
  return OMADM_TPM_OK;
}

static void keys_go_with_the_process_that_opened_them(void **state) {
  static const omadm_tpm_calls calls = {
      .struct_size = sizeof calls, .key_open = tpm_key_open, .key_close = tpm_key_close};
  static const omadm_tpm tpm = {.calls = &calls};
  rig_options options = rig_mode;
  (void)state;
  keys_open = 0;
  options.tpm = &tpm;
  rig *r = cage_new("trial_plain", &options);
  rig_expect(r, BASE "/Key", "0 7");
  rig_expect(r, BASE "/Key", "0 7");
  assert_int_equal(keys_open, 2);
  assert_int_equal(rig_exec(r, BASE "/Run", "kill"), 500);
  assert_int_equal(keys_open, 0);
  rig_expect(r, BASE "/Key", "0 7");
  assert_int_equal(keys_open, 1);
  rig_free(r);
  assert_int_equal(keys_open, 0);
}

static void what_is_denied_is_not_there(void **state) {
  static const omadm_tpm_calls calls = {
      .struct_size = sizeof calls, .info = tpm_info, .random = tpm_random};
  static const omadm_tpm tpm = {.calls = &calls, .self = 9};
  const omadm_isolation how = {.struct_size = sizeof how,
                               .program = CHILD,
                               .slot_seconds = 3,
                               .user = "nobody",
                               .deny_http = 1,
                               .deny_tpm = 1};
  rig_options options = rig_mode;
  omadm_error error = {0};
  char text[40];
  (void)state;
  options.http = answer_http;
  options.tpm = &tpm;
  rig *r = rig_new(&options);
  if (omadm_framework_load_isolated(r->framework, PLUGINS "/trial_plain.so", &how, &error) != 0)
    fail_msg("%s", error.text);
  snprintf(text, sizeof text, "%d %d 0  ", OMADM_E_UNSUPPORTED, OMADM_CSP_HTTP_HANDLE);
  rig_expect(r, BASE "/Http", text);
  snprintf(text, sizeof text, "%d  %d 0000", OMADM_TPM_ABSENT, OMADM_TPM_ABSENT);
  rig_expect(r, BASE "/Tpm", text);
  rig_free(r);
}

/* A pipe that nobody writes would hold the thread that opens it. */
static void certificates_come_from_a_plain_file(void **state) {
  static const char pipe_path[] = LIES "/ca-pipe", file_path[] = LIES "/ca-file";
  rig_options options = rig_mode;
  (void)state;
  (void)unlink(pipe_path);
  assert_int_equal(mkfifo(pipe_path, 0600), 0);
  FILE *file = fopen(file_path, "w");
  assert_non_null(file);
  fclose(file);
  options.http = answer_http;
  rig *r = cage_new("trial_plain", &options);
  assert_int_equal(rig_exec(r, BASE "/Run", "ca " LIES "/ca-pipe"), 200);
  char text[40];
  snprintf(text, sizeof text, "%d %d 0  ", OMADM_E_ARGUMENT, OMADM_CSP_HTTP_OPTIONS);
  rig_expect(r, BASE "/Http", text);
  assert_int_equal(rig_exec(r, BASE "/Run", "ca " LIES "/ca-file"), 200);
  rig_expect(r, BASE "/Http", "0 0 201 A: b ask answered");
  rig_free(r);
}

static void what_is_no_plugin_is_refused(void **state) {
  rig *r = rig_new(NULL);
  omadm_error error = {0};
  (void)state;
  assert_int_equal(cage_try(r, CHILD "-missing", CHILD, &error), OMADM_E_IO);
  omadm_error_clear(&error);
  assert_int_equal(cage_try(r, HELLO, CHILD "-missing", &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "cannot be started"));
  omadm_error_clear(&error);
  assert_int_equal(cage_try(r, CHILD, CHILD, &error), OMADM_E_IO);
  omadm_error_clear(&error);
  assert_int_equal(cage_try(r, HELLO, "/bin/true", &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "ended before it began"));
  rig_free(r);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_example_is_read_through_its_process),
      TEST(its_process_is_another_one),
      TEST(values_and_settings_go_both_ways),
      TEST(a_list_leaves_out_what_is_no_name),
      TEST(a_large_value_comes_in_pieces),
      TEST(it_has_no_descriptor_of_the_agent),
      TEST(a_late_answer_arrives),
      TEST(a_job_may_call_some_services_only),
      TEST(an_exec_that_goes_on_ends_in_an_alert),
      TEST(events_arrive),
      cmocka_unit_test(network_and_tpm_stay_with_the_agent),
      cmocka_unit_test(keys_go_with_the_process_that_opened_them),
      cmocka_unit_test(what_is_denied_is_not_there),
      cmocka_unit_test(certificates_come_from_a_plain_file),
      cmocka_unit_test(what_is_no_plugin_is_refused),
  };
  return rig_run("isolated", tests, sizeof tests / sizeof *tests);
}
