/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <omadm/transport.h>

#include "dha.h"

unsigned rig_host_flags;

static void keep_log(void *ctx, omadm_log_level level, const char *module, const char *text) {
  rig *r = ctx;
  (void)level;
  pthread_mutex_lock(&r->log_lock);
  size_t used = strlen(r->log);
  snprintf(r->log + used, sizeof r->log - used, "%s: %s\n", module, text);
  pthread_mutex_unlock(&r->log_lock);
}

/* A store over another one, that fails where it is told to. */
typedef struct bad_store {
  omadm_store store;
  omadm_store *inner;
  rig *rig;
} bad_store;

static bool is_unreadable(const rig *r, omadm_str key) {
  size_t n = r->unreadable != NULL ? strlen(r->unreadable) : 0;
  return n > 0 && key.len >= n && memcmp(key.ptr + key.len - n, r->unreadable, n) == 0;
}

static omadm_err bad_get(omadm_store *store, omadm_store_table table, omadm_str key,
                         omadm_str *value, omadm_error *error) {
  bad_store *self = (bad_store *)store;
  if (is_unreadable(self->rig, key))
    return omadm_error_set(error, OMADM_E_STORE, "the disk is on fire");
  return self->inner->ops->get(self->inner, table, key, value, error);
}

static omadm_err bad_next(omadm_store *store, omadm_store_table table, omadm_str prefix,
                          omadm_str after, omadm_str *key, omadm_str *value, omadm_error *error) {
  bad_store *self = (bad_store *)store;
  return self->inner->ops->next(self->inner, table, prefix, after, key, value, error);
}

static omadm_err bad_apply(omadm_store *store, const omadm_store_change *changes, size_t n,
                           omadm_error *error) {
  bad_store *self = (bad_store *)store;
  return self->inner->ops->apply(self->inner, changes, n, error);
}

static void bad_close(omadm_store *store) {
  omadm_store_close(((bad_store *)store)->inner);
  free(store);
}

static omadm_store *open_store(rig *r) {
  static const omadm_store_ops ops = {.struct_size = sizeof ops,
                                      .get = bad_get,
                                      .next = bad_next,
                                      .apply = bad_apply,
                                      .close = bad_close};
  bad_store *self = calloc(1, sizeof *self);
  assert_non_null(self);
  *self = (bad_store){.store = {&ops}, .rig = r};
  assert_int_equal(omadm_store_new_memory(&self->inner, NULL), 0);
  return &self->store;
}

static omadm_err submit(void *ctx, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
  rig *r = ctx;
  if (r->no_worker_room) return OMADM_E_LIMIT;
  return r->pool->submit(r->pool->ctx, run, done, arg);
}

static int poll_pool(void *ctx, int timeout_ms) {
  rig *r = ctx;
  return r->pool->poll(r->pool->ctx, timeout_ms);
}

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  rig *r = ctx;
  assert_string_equal(csp, "HealthAttestation");
  for (size_t i = 0; i < r->n_settings; i++)
    if (omadm_str_is(key, r->settings[i][0])) return omadm_buf_add_text(out, r->settings[i][1]);
  return OMADM_E_NOT_FOUND;
}

static void keep(rig *r, const omadm_answer *answer) {
  size_t n = answer->data.len < sizeof r->text ? answer->data.len : sizeof r->text - 1;
  if (n > 0) memcpy(r->text, answer->data.ptr, n);
  r->text[n] = '\0';
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  rig *r = ctx;
  r->answers[status < 600 ? status : 0]++;
  if (token != r->awaited) return;
  r->late = status;
  r->arrived = true;
  keep(r, answer);
}

static void session_wanted(void *ctx, omadm_str server_id) {
  rig *r = ctx;
  size_t used = strlen(r->wanted);
  snprintf(r->wanted + used, sizeof r->wanted - used, "%.*s ", (int)server_id.len, server_id.ptr);
}

static omadm_err wire_http(void *ctx, const omadm_csp_http_request *request,
                           omadm_csp_http_reply *reply) {
  rig *r = ctx;
  return omadm_http_exchange(&r->logger, request, reply, NULL);
}

rig *rig_make(void) {
  rig *r = calloc(1, sizeof *r);
  assert_non_null(r);
  r->host_flags = rig_host_flags;
  r->tpm = fake_tpm_new();
  r->port = fake_tpm_port(r->tpm);
  pthread_mutex_init(&r->log_lock, NULL);
  r->logger = (omadm_log){sizeof r->logger, r, OMADM_LOG_DEBUG, keep_log};
  r->store = open_store(r);
  r->origin = (omadm_origin){.server_id = OMADM_STR("srv"), .session_id = OMADM_STR("1")};
  r->worker = (omadm_worker){
      .struct_size = sizeof r->worker, .ctx = r, .submit = submit, .poll = poll_pool};
  dha_init(&r->service);
  return r;
}

void rig_start(rig *r) {
  omadm_error error = {0};
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_worker_new(2, &r->pool, &error), 0);
  config.log = &r->logger;
  config.store = r->store;
  config.worker = &r->worker;
  config.host_flags = r->host_flags;
  config.late_seed = 7;
  config.ctx = r;
  config.setting = setting;
  config.completed = completed;
  config.session_wanted = session_wanted;
  config.http = r->no_http ? NULL : r->wire ? wire_http : dha_http;
  config.tpm = r->no_tpm ? NULL : &r->port;
  assert_int_equal(omadm_framework_new(&config, &r->framework, &error), 0);
  omadm_err err = omadm_framework_load(r->framework, PLUGIN, &error);
  if (err != 0) fail_msg("%s\n%s", error.text, r->log);
  (void)omadm_framework_tree(r->framework);
}

rig *rig_new(void) {
  rig *r = rig_make();
  rig_start(r);
  return r;
}

static void stop(rig *r) {
  omadm_framework_free(r->framework);
  omadm_worker_free(r->pool);
}

void rig_free(rig *r) {
  rig_speak(r);
  stop(r);
  omadm_store_close(r->store);
  fake_tpm_free(r->tpm);
  dha_dispose(&r->service);
  pthread_mutex_destroy(&r->log_lock);
  free(r);
}

void rig_restart(rig *r) {
  stop(r);
  rig_start(r);
}

/* What is in the store now is copied; the agent ends in peace on what it has, and the next one
 * starts on the copy. */
void rig_kill(rig *r) {
  omadm_store *kept = open_store(r);
  for (int table = 0; table < OMADM_STORE_TABLES; table++) {
    omadm_str key = {NULL, 0}, value;
    char after[300];
    size_t n = 0;
    while (r->store->ops->next(r->store, (omadm_store_table)table, (omadm_str){NULL, 0},
                               (omadm_str){after, n}, &key, &value, NULL) == 0) {
      const omadm_store_change change = {(omadm_store_table)table, key, value};
      char copy[8192];
      assert_true(value.len <= sizeof copy && key.len <= sizeof after);
      memcpy(copy, value.ptr, value.len);
      memcpy(after, key.ptr, key.len);
      n = key.len;
      const omadm_store_change own = {change.table, {after, n}, {copy, value.len}};
      assert_int_equal(kept->ops->apply(kept, &own, 1, NULL), 0);
    }
  }
  rig_speak(r);
  stop(r);
  omadm_store_close(r->store);
  r->store = kept;
  r->wanted[0] = '\0';
  rig_start(r);
}

void rig_set(rig *r, const char *key, const char *value) {
  assert_true(r->n_settings < 8);
  snprintf(r->settings[r->n_settings][0], 128, "%s", key);
  snprintf(r->settings[r->n_settings++][1], 128, "%s", value);
}

static omadm_status resolve(rig *r, const char *name, omadm_node *node) {
  const omadm_tree *tree = omadm_framework_tree(r->framework);
  omadm_limits limits;
  omadm_uri uri;
  char full[200], scratch[400];
  omadm_limits_init(&limits);
  snprintf(full, sizeof full, "%s%s", *name == '.' ? "" : HA, name);
  assert_int_equal(omadm_uri_parse(omadm_str_of(full), 0, &limits, scratch, NULL, &uri), 200);
  return tree->resolve(tree->ctx, &r->origin, &uri, node);
}

static omadm_status await(rig *r, omadm_status status, const omadm_answer *answer) {
  if (status != OMADM_ST_PENDING) {
    keep(r, answer);
    return status;
  }
  r->awaited = answer->token;
  for (int i = 0; !r->arrived && i < 2000; i++)
    (void)omadm_framework_pump(r->framework, 10);
  assert_true(r->arrived);
  return r->late;
}

typedef enum verb { GET, REPLACE, EXEC } verb;

static omadm_status call(rig *r, verb which, const char *name, const char *text) {
  const omadm_tree *tree = omadm_framework_tree(r->framework);
  const omadm_value value = {.data = omadm_str_of(text), .has_data = text != NULL};
  omadm_node node;
  omadm_answer answer = {0};
  omadm_status status = resolve(r, name, &node);
  if (status != OMADM_ST_OK) return status;
  r->arrived = false;
  if (which == GET) status = tree->get(tree->ctx, &r->origin, &node, &answer);
  if (which == REPLACE) status = tree->replace(tree->ctx, &r->origin, &node, &value, &answer);
  if (which == EXEC) status = tree->exec(tree->ctx, &r->origin, &node, &value, &answer);
  status = await(r, status, &answer);
  assert_int_equal(tree->settle(tree->ctx), 0);
  return status;
}

omadm_status rig_get(rig *r, const char *node) {
  return call(r, GET, node, NULL);
}

omadm_status rig_replace(rig *r, const char *node, const char *value) {
  return call(r, REPLACE, node, value);
}

omadm_status rig_exec(rig *r, const char *node) {
  return call(r, EXEC, node, NULL);
}

omadm_status rig_trigger(rig *r, const char *json) {
  return call(r, EXEC, "TriggerAttestation", json);
}

omadm_token rig_ask(rig *r, const char *name) {
  const omadm_tree *tree = omadm_framework_tree(r->framework);
  omadm_node node;
  omadm_answer answer = {0};
  assert_int_equal(resolve(r, name, &node), OMADM_ST_OK);
  omadm_status status = tree->get(tree->ctx, &r->origin, &node, &answer);
  if (status == OMADM_ST_PENDING) return answer.token;
  r->answers[status]++;
  return 0;
}

void rig_ask_in_vain(rig *r, const char *name) {
  const omadm_tree *tree = omadm_framework_tree(r->framework);
  omadm_token token = rig_ask(r, name);
  if (token != 0) tree->cancel(tree->ctx, token);
}

void rig_expect(rig *r, const char *node, const char *value) {
  omadm_status status = rig_get(r, node);
  if (status != OMADM_ST_OK) fail_msg("Get %s: %u\n%s", node, status, r->log);
  assert_string_equal(r->text, value);
}

void rig_finish(rig *r) {
  for (int i = 0; omadm_framework_pending(r->framework) > 0 && i < 3000; i++)
    if (omadm_framework_pump(r->framework, 10) == 0 && i > 100 && !r->service.silent) break;
}

void rig_await_request(rig *r, unsigned requests) {
  for (int i = 0; i < 2000; i++) {
    pthread_mutex_lock(&r->service.lock);
    bool there = r->service.requests >= requests;
    pthread_mutex_unlock(&r->service.lock);
    if (there) return;
    (void)omadm_framework_pump(r->framework, 2);
  }
  fail_msg("the service is not asked\n%s", r->log);
}

void rig_speak(rig *r) {
  pthread_mutex_lock(&r->service.lock);
  r->service.silent = false;
  pthread_cond_broadcast(&r->service.spoken);
  pthread_mutex_unlock(&r->service.lock);
}

int rig_verify(rig *r) {
  assert_int_equal(rig_exec(r, "VerifyHealth"), OMADM_ST_OK);
  for (int i = 0; i < 2000; i++) {
    assert_int_equal(rig_get(r, "Status"), OMADM_ST_OK);
    if (strcmp(r->text, "1") != 0) return atoi(r->text);
    (void)omadm_framework_pump(r->framework, 10);
  }
  fail_msg("VerifyHealth does not end\n%s", r->log);
  return -1;
}

size_t rig_alerts(rig *r, const char *server) {
  return omadm_framework_alerts(r->framework, omadm_str_of(server));
}

int rig_alert_data(rig *r, const char *server) {
  omadm_host host = {.struct_size = sizeof host};
  omadm_alert alert;
  int data = -1;
  omadm_framework_host(r->framework, &host);
  for (uint64_t id = 0; host.alert_next(host.ctx, omadm_str_of(server), id, &alert) == 0;) {
    char text[16];
    id = alert.id;
    assert_int_equal(alert.code, 1226);
    assert_true(omadm_str_is(alert.type, "com.microsoft.mdm:HealthAttestation.Result"));
    assert_true(omadm_str_is(alert.source, HA "VerifyHealth"));
    assert_int_equal(alert.format, OMADM_FORMAT_INT);
    assert_int_equal(alert.mark, OMADM_MARK_NONE);
    snprintf(text, sizeof text, "%.*s", (int)alert.data.len, alert.data.ptr);
    data = atoi(text);
  }
  return data;
}

int rig_run(const char *name, const struct CMUnitTest *tests, size_t n) {
  static const struct {
    const char *name;
    unsigned flags;
  } modes[] = {{"plain", 0},
               {"copying", OMADM_HOST_COPYING},
               {"late", OMADM_HOST_LATE},
               {"copying and late", OMADM_HOST_COPYING | OMADM_HOST_LATE}};
  int failed = 0;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    char title[100];
    snprintf(title, sizeof title, "%s, %s", name, modes[i].name);
    rig_host_flags = modes[i].flags;
    failed += _cmocka_run_group_tests(title, tests, n, NULL, NULL);
  }
  return failed;
}
