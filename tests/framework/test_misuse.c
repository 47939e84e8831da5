/* SPDX-License-Identifier: MIT */
/* What a plugin's author gets wrong is refused or named, by the name of what was wrong. */
#include <omadm/worker.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rig.h"

static const char ddf[] = DDF(ROOT("Lax", "./Vendor",
                                   LEAF("A", GR, "chr", ONE, "Permanent")
                                       LEAF("Run", "<Exec/>", "chr", ONE, "Permanent")));

static const omadm_csp_services *services;
static uint64_t host;
static omadm_token token; /* of the last request */
static omadm_status answer; /* of the next ones */
static long nap_ms; /* what a slot takes */

static omadm_status lax_open(const omadm_csp_services *table, uint64_t handle, uint64_t *self) {
  services = table;
  host = handle;
  *self = 1;
  token = 0;
  answer = OMADM_ST_OK;
  nap_ms = 0;
  return OMADM_ST_OK;
}

static void lax_close(uint64_t self) {
  (void)self;
}

static void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = nap_ms * 1000000L}, NULL);
}

static omadm_status lax_answer(uint64_t self, const omadm_csp_request *request) {
  (void)self;
  token = request->token;
  nap();
  return answer;
}

static omadm_status lax_resume(uint64_t self, const omadm_csp_request *request) {
  (void)self, (void)request;
  return OMADM_ST_PENDING;
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = lax_open,
                                      .close = lax_close,
                                      .get = lax_answer,
                                      .replace = lax_answer,
                                      .exec = lax_answer};
static const omadm_csp_slots resuming_slots = {.struct_size = sizeof resuming_slots,
                                               .open = lax_open,
                                               .close = lax_close,
                                               .exec = lax_answer,
                                               .resume = lax_resume};
static const omadm_csp_descriptor lax = {OMADM_CSP_ABI,  sizeof lax, "Lax", "1", ddf,
                                         sizeof ddf - 1, &slots,     0,     0};
static const omadm_csp_descriptor resuming = {OMADM_CSP_ABI,  sizeof resuming, "Lax", "1", ddf,
                                              sizeof ddf - 1, &resuming_slots, 0,     0};

static rig *serve_with(const omadm_csp_descriptor *csp, omadm_worker *worker) {
  rig_options options = rig_mode;
  options.worker = worker;
  rig *r = rig_new(&options);
  rig_mount_csp(r, csp);
  return r;
}

static rig *serve(void) {
  return serve_with(&lax, NULL);
}

static size_t count(const char *text, const char *what) {
  size_t n = 0;
  while ((text = strstr(text, what)) != NULL) {
    text += strlen(what);
    n++;
  }
  return n;
}

static void expect_logged(const rig *r, const char *line) {
  if (strstr(r->log, line) == NULL) fail_msg("no \"%s\" in:\n%s", line, r->log);
}

/* Threads. */

enum { OF_ONE_THREAD = 9 };
static const char *const of_one_thread[OF_ONE_THREAD] = {
    "value", "child", "complete", "alert", "changed", "store_get", "store_set", "setting", "job"};
static omadm_err told[OF_ONE_THREAD];
static int jobs_done;

static void job_done(void *arg) {
  (void)arg;
  jobs_done++;
}

static void forbidden(void *arg) {
  const omadm_str x = OMADM_STR("x"), uri = OMADM_STR("./Vendor/Lax/A");
  const omadm_csp_alert alert = {.struct_size = sizeof alert, .type = OMADM_STR("com.example:x")};
  omadm_str value;
  const omadm_err errs[OF_ONE_THREAD] = {services->value(host, 1, x),
                                         services->child(host, 1, x),
                                         services->complete(host, 1, 200, NULL),
                                         services->alert(host, &alert),
                                         services->changed(host, uri),
                                         services->store_get(host, x, &value),
                                         services->store_set(host, x, x),
                                         services->setting(host, x, &value),
                                         services->job(host, forbidden, job_done, arg)};
  memcpy(told, errs, sizeof told);
  services->log(host, OMADM_CSP_LOG_INFO, x);
  (void)services->now(host);
}

static void expect_refused_in_a_job(rig *r) {
  jobs_done = 0;
  assert_int_equal(services->job(host, forbidden, job_done, NULL), 0);
  for (int i = 0; i < 100 && jobs_done == 0; i++)
    omadm_framework_pump(r->framework, 100);
  assert_int_equal(jobs_done, 1);
  for (size_t i = 0; i < OF_ONE_THREAD; i++) {
    char line[200];
    if (told[i] != OMADM_E_STATE) fail_msg("%s: %d", of_one_thread[i], told[i]);
    snprintf(line, sizeof line,
             "Lax: the service %s is called from a job or a thread of its own; only log, now, http "
             "and tpm may be",
             of_one_thread[i]);
    expect_logged(r, line);
  }
  const omadm_str key = OMADM_STR("k");
  assert_int_equal(services->store_set(host, key, key), 0);
}

static void what_belongs_to_the_csps_thread_is_refused_in_a_job(void **state) {
  omadm_worker *worker = NULL;
  (void)state;
  assert_int_equal(omadm_worker_new(1, &worker, NULL), 0);
  rig *r = serve_with(&lax, worker);
  expect_refused_in_a_job(r);
  rig_free(r);
  omadm_worker_free(worker);
}

static void it_is_refused_too_where_the_job_runs_on_that_thread(void **state) {
  (void)state;
  rig *r = serve();
  expect_refused_in_a_job(r);
  rig_free(r);
}

/* Requests that nobody ends. */

static void a_request_that_is_never_completed_is_named_at_the_end(void **state) {
  rig *r = serve();
  (void)state;
  answer = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, "./Vendor/Lax/A", NULL), OMADM_ST_PENDING);
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, "./Vendor/Lax/Run", "x"), OMADM_ST_PENDING);
  rig_restart(r);
  expect_logged(r, "Lax never completed get ./Vendor/Lax/A");
  expect_logged(r, "Lax never completed exec ./Vendor/Lax/Run");
  rig_free(r);
}

static void so_is_an_exec_that_answered_202_and_cannot_be_resumed(void **state) {
  rig *r = serve();
  (void)state;
  answer = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, "./Vendor/Lax/Run", "x"), 202);
  rig_restart(r);
  expect_logged(r, "Lax never completed exec ./Vendor/Lax/Run");
  rig_free(r);
  r = serve();
  assert_int_equal(rig_exec(r, "./Vendor/Lax/Run", "x"), 200); /* it may, or may not */
  rig_restart(r);
  assert_null(strstr(r->log, "never completed"));
  rig_free(r);
  r = serve_with(&resuming, NULL);
  answer = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, "./Vendor/Lax/Run", "x"), 202);
  rig_restart(r);
  assert_null(strstr(r->log, "never completed"));
  rig_free(r);
}

static void an_exec_that_is_late_is_said_to_be_accepted(void **state) {
  rig *r = serve();
  (void)state;
  answer = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, "./Vendor/Lax/Run", "x"), OMADM_ST_PENDING);
  r->tree->cancel(r->tree->ctx, r->waiting);
  expect_logged(r, "Lax: exec ./Vendor/Lax/Run goes on, and 202 is told");
  assert_int_equal(services->complete(host, token, 404, NULL), 0);
  assert_int_equal(r->ended_token, r->waiting);
  assert_int_equal(r->ended, 404);
  rig_free(r);
}

static void the_end_of_an_accepted_exec_is_told_to_the_host_too(void **state) {
  rig *r = serve();
  (void)state;
  answer = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, "./Vendor/Lax/Run", "x"), 202);
  assert_true(r->answer.token != 0);
  assert_int_equal(r->ended_token, 0);
  assert_int_equal(services->complete(host, token, 200, NULL), 0);
  assert_int_equal(r->ended_token, r->answer.token);
  assert_int_equal(r->ended, 200);
  rig_free(r);
}

/* Time. */

static void nap_done(void *arg) {
  (void)arg;
  nap();
  jobs_done++;
}

static void run_nothing(void *arg) {
  (void)arg;
}

static void a_slot_that_takes_too_long_is_warned_of_once(void **state) {
  rig *r = serve();
  (void)state;
  assert_int_equal(rig_replace(r, "./Vendor/Lax/A", "x"), 200);
  nap_ms = 260;
  assert_int_equal(rig_get(r, "./Vendor/Lax/A"), 200);
  assert_int_equal(rig_get(r, "./Vendor/Lax/A"), 200);
  assert_int_equal(count(r->log, "Lax: get took "), 1);
  assert_null(strstr(r->log, "replace took"));
  jobs_done = 0;
  assert_int_equal(services->job(host, run_nothing, nap_done, NULL), 0);
  for (int i = 0; i < 100 && jobs_done == 0; i++)
    omadm_framework_pump(r->framework, 100);
  nap_ms = 0;
  assert_int_equal(count(r->log, "Lax: done took "), 1);
  rig_free(r);
}

/* What crosses. */

static void an_alert_without_its_size_is_refused(void **state) {
  rig *r = serve();
  const omadm_csp_alert alert = {.type = OMADM_STR("com.example:x")};
  (void)state;
  (void)rig_resolve(r, "./Vendor/Lax");
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  expect_logged(r, "the service alert is given an alert whose struct_size is not set; refused");
  assert_int_equal(services->complete(host, 1, 200, &alert), OMADM_E_ARGUMENT);
  rig_free(r);
}

static void an_alert_of_another_is_refused(void **state) {
  rig *r = serve();
  omadm_csp_alert alert = {.struct_size = sizeof alert,
                           .type = OMADM_STR("com.example:x"),
                           .source = OMADM_STR("./DevInfo/Man")};
  (void)state;
  (void)rig_resolve(r, "./Vendor/Lax");
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  expect_logged(r, "the service alert is given an alert from a URI that is not of this CSP");
  alert.source = (omadm_str)OMADM_STR("./Vendor/Lax/A");
  assert_int_equal(services->alert(host, &alert), 0);
  alert.code = 1223; /* would end the session */
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  expect_logged(r, "an alert of a code that is not 1226 or 1224");
  alert.code = 1224;
  assert_int_equal(services->alert(host, &alert), 0);
  rig_free(r);
}

static void the_data_of_an_alert_is_a_value_of_its_format(void **state) {
  rig *r = serve();
  omadm_csp_alert alert = {.struct_size = sizeof alert,
                           .type = OMADM_STR("com.example:x"),
                           .format = OMADM_FORMAT_INT,
                           .data = OMADM_STR("many")};
  (void)state;
  (void)rig_resolve(r, "./Vendor/Lax");
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  expect_logged(r, "an alert with data of int that is not a decimal number");
  alert.format = OMADM_FORMAT_ABSENT; /* chr */
  alert.data = (omadm_str)OMADM_STR("\xFF");
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  alert.format = OMADM_FORMAT_BIN;
  assert_int_equal(services->alert(host, &alert), 0);
  alert.format = OMADM_FORMAT_UNKNOWN;
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  rig_free(r);
}

static void stored_values_have_a_name_and_an_end(void **state) {
  rig *r = serve();
  enum { LARGEST = 1048576 };
  char *octets = calloc(LARGEST + 1, 1);
  const omadm_str key = OMADM_STR("k"), none = {NULL, 0};
  omadm_str out;
  (void)state;
  (void)rig_resolve(r, "./Vendor/Lax");
  assert_int_equal(services->store_set(host, none, key), OMADM_E_ARGUMENT);
  assert_int_equal(services->store_get(host, none, &out), OMADM_E_ARGUMENT);
  assert_int_equal(services->store_set(host, (omadm_str){octets, 256}, key), OMADM_E_ARGUMENT);
  assert_int_equal(services->store_set(host, key, (omadm_str){octets, LARGEST + 1}), OMADM_E_LIMIT);
  expect_logged(r, "the service store_set is given 1048577 octets; 1048576 are the most");
  assert_int_equal(services->store_set(host, key, (omadm_str){octets, LARGEST}), 0);
  assert_int_equal(services->store_get(host, key, &out), 0);
  assert_int_equal(out.len, LARGEST);
  free(octets);
  rig_free(r);
}

static void a_log_line_is_utf_8_whatever_is_given(void **state) {
  rig *r = serve();
  const omadm_str line = OMADM_STR("a\xFF\xC3\xA9\xE2\x82z");
  char longest[1100];
  (void)state;
  services->log(host, OMADM_CSP_LOG_INFO, line);
  expect_logged(r, "Lax: a?\xC3\xA9??z\n");
  memset(longest, 'x', sizeof longest);
  memcpy(longest + 999, "\xC3\xA9", 2); /* is not cut in its middle */
  services->log(host, OMADM_CSP_LOG_INFO, (omadm_str){longest, sizeof longest});
  expect_logged(r, "xx\n");
  rig_free(r);
}

/* A program's mistakes: what framework.h promises of omadm_framework_new and the root's ACL. */
static void a_configuration_without_store_or_limits_is_refused(void **state) {
  omadm_store *store = NULL;
  omadm_framework *fw = NULL;
  omadm_error error = {0};
  omadm_framework_config config;
  (void)state;
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_framework_new(&config, &fw, &error), OMADM_E_ARGUMENT);
  assert_int_equal(omadm_store_new_memory(&store, NULL), 0);
  config = (omadm_framework_config){.struct_size = sizeof config, .store = store};
  assert_int_equal(omadm_framework_new(&config, &fw, &error), OMADM_E_ARGUMENT);
  assert_non_null(strstr(error.text, "needs a store and limits"));
  omadm_framework_config_init(&config);
  config.store = store;
  config.limits.reply_time = 0;
  assert_int_equal(omadm_framework_new(&config, &fw, &error), OMADM_E_ARGUMENT);
  assert_null(fw);
  omadm_store_close(store);
}

static void what_is_no_acl_is_none_of_the_root(void **state) {
  rig *r = rig_new(NULL);
  (void)state;
  assert_int_equal(omadm_framework_set_root_acl(r->framework, (omadm_str)OMADM_STR("Bogus")),
                   OMADM_E_SYNTAX);
  assert_int_equal(rig_resolve(r, "."), 200);
  assert_true(omadm_str_is(r->node.acl, "Add=*&Get=*"));
  rig_free(r);
}

/* config.setting, written by a program that sees the public headers alone. */
static void a_program_fills_a_buffer(void **state) {
  omadm_buf out = {.max = 5};
  (void)state;
  assert_int_equal(omadm_buf_append(&out, "ab", 2), 0);
  assert_int_equal(omadm_buf_append(&out, NULL, 0), 0);
  assert_int_equal(omadm_buf_append(&out, "cde", 3), 0);
  assert_int_equal(omadm_buf_append(&out, "f", 1), OMADM_E_LIMIT);
  assert_int_equal(out.len, 5);
  assert_memory_equal(out.ptr, "abcde", 5);
  omadm_buf_dispose(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_belongs_to_the_csps_thread_is_refused_in_a_job),
      cmocka_unit_test(it_is_refused_too_where_the_job_runs_on_that_thread),
      cmocka_unit_test(a_request_that_is_never_completed_is_named_at_the_end),
      cmocka_unit_test(so_is_an_exec_that_answered_202_and_cannot_be_resumed),
      cmocka_unit_test(an_exec_that_is_late_is_said_to_be_accepted),
      cmocka_unit_test(the_end_of_an_accepted_exec_is_told_to_the_host_too),
      cmocka_unit_test(a_slot_that_takes_too_long_is_warned_of_once),
      cmocka_unit_test(an_alert_without_its_size_is_refused),
      cmocka_unit_test(an_alert_of_another_is_refused),
      cmocka_unit_test(the_data_of_an_alert_is_a_value_of_its_format),
      cmocka_unit_test(stored_values_have_a_name_and_an_end),
      cmocka_unit_test(a_log_line_is_utf_8_whatever_is_given),
      cmocka_unit_test(a_configuration_without_store_or_limits_is_refused),
      cmocka_unit_test(what_is_no_acl_is_none_of_the_root),
      cmocka_unit_test(a_program_fills_a_buffer),
  };
  return rig_run("a plugin's mistakes", tests, sizeof tests / sizeof *tests);
}
