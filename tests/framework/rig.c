/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

rig_options rig_mode;

static void keep_log(void *ctx, omadm_log_level level, const char *module, const char *text) {
  rig *r = ctx;
  size_t used = strlen(r->log);
  (void)level;
  snprintf(r->log + used, sizeof r->log - used, "%s: %s\n", module, text);
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  rig *r = ctx;
  if (token != r->waiting) return;
  r->arrived = true;
  r->late = status;
  r->answer = *answer;
  size_t n = answer->data.len < sizeof r->text ? answer->data.len : sizeof r->text - 1;
  if (n > 0) memcpy(r->text, answer->data.ptr, n);
  r->text[n] = '\0';
  n = answer->detail.len < sizeof r->detail ? answer->detail.len : sizeof r->detail - 1;
  if (n > 0) memcpy(r->detail, answer->detail.ptr, n);
  r->detail[n] = '\0';
}

static void session_wanted(void *ctx, omadm_str server_id) {
  rig *r = ctx;
  size_t used = strlen(r->wanted);
  snprintf(r->wanted + used, sizeof r->wanted - used, "%.*s ", (int)server_id.len,
           server_id.len > 0 ? server_id.ptr : "");
}

static void ended(void *ctx, omadm_token token, omadm_status status) {
  rig *r = ctx;
  r->ended_token = token;
  r->ended = status;
}

static void reboot_wanted(void *ctx, omadm_str uri, int automatic) {
  rig *r = ctx;
  size_t used = strlen(r->reboots);
  snprintf(r->reboots + used, sizeof r->reboots - used, "%.*s%s ", (int)uri.len, uri.ptr,
           automatic ? "!" : "");
}

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const rig *r = ctx;
  if (omadm_str_is(key, "misdeed") && r->options.misdeed != NULL)
    return omadm_buf_printf(out, "%s", r->options.misdeed);
  if (!omadm_str_is(key, "greeting")) return OMADM_E_NOT_FOUND;
  return omadm_buf_printf(out, "hello %s", csp);
}

void rig_open(rig *r) {
  omadm_framework_config config;
  omadm_error error = {0};
  omadm_framework_config_init(&config);
  config.mem = r->options.mem;
  config.log = &r->logger;
  config.store = r->store;
  config.worker = r->options.worker;
  config.host_flags = r->options.host_flags;
  config.late_seed = r->options.late_seed;
  config.ctx = r;
  config.completed = completed;
  config.ended = ended;
  config.session_wanted = session_wanted;
  config.setting = setting;
  config.http = r->options.http;
  config.tpm = r->options.tpm;
  config.profile = r->options.profile;
  config.reboot_wanted = reboot_wanted;
  if (r->options.alerts > 0) config.limits.alerts = r->options.alerts;
  if (r->options.cancel_time > 0) config.limits.cancel_time = r->options.cancel_time;
  if (r->options.command_time > 0) config.limits.command_time = r->options.command_time;
  if (omadm_framework_new(&config, &r->framework, &error) != 0) fail_msg("%s", error.text);
  r->tree = NULL;
}

static omadm_store *open_store(const rig_options *options) {
  omadm_store *store = NULL;
  omadm_error error = {0};
  omadm_err err = options->folder != NULL ? omadm_store_open(options->folder, &store, &error)
                                          : omadm_store_new_memory(&store, &error);
  if (err != 0) fail_msg("%s", error.text);
  return store;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw) {
  (void)s, (void)type, (void)ftw;
  return remove(path);
}

rig *rig_new(const rig_options *options) {
  static const omadm_quirks tolerant;
  rig *r = calloc(1, sizeof *r);
  assert_non_null(r);
  r->options = options != NULL ? *options : rig_mode;
  r->logger = (omadm_log){sizeof r->logger, r, OMADM_LOG_DEBUG, keep_log};
  r->origin = (omadm_origin){
      .server_id = OMADM_STR("srv"), .session_id = OMADM_STR("1"), .quirks = &tolerant};
  if (r->options.folder != NULL) nftw(r->options.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  r->store = open_store(&r->options);
  rig_open(r);
  return r;
}

void rig_free(rig *r) {
  omadm_framework_free(r->framework);
  omadm_store_close(r->store);
  if (r->options.folder != NULL) nftw(r->options.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  free(r);
}

void rig_restart(rig *r) {
  omadm_framework_free(r->framework);
  if (r->options.folder != NULL) {
    omadm_store_close(r->store);
    r->store = open_store(&r->options);
  }
  rig_open(r);
}

omadm_err rig_mount_text(rig *r, const char *name, const char *ddf, omadm_error *error) {
  omadm_ddf *parsed = NULL;
  omadm_err err = omadm_ddf_parse(omadm_str_of(ddf), name, NULL, NULL, &parsed, error);
  return err == 0 ? omadm_framework_mount_ddf(r->framework, parsed, error) : err;
}

void rig_mount(rig *r, const char *name, const char *ddf) {
  omadm_error error = {0};
  if (rig_mount_text(r, name, ddf, &error) != 0) fail_msg("%s", error.text);
}

void rig_mount_csp(rig *r, const omadm_csp_descriptor *csp) {
  omadm_error error = {0};
  if (omadm_framework_mount_csp(r->framework, csp, csp->name, &error) != 0)
    fail_msg("%s", error.text);
}

omadm_status rig_resolve(rig *r, const char *uri) {
  char scratch[8192];
  omadm_uri parsed;
  omadm_limits limits;
  omadm_limits_init(&limits);
  limits.uri_depth = OMADM_URI_SEGMENTS;
  if (r->tree == NULL) r->tree = omadm_framework_tree(r->framework);
  omadm_status status = omadm_uri_parse(omadm_str_of(uri), 0, &limits, scratch, NULL, &parsed);
  if (status != OMADM_ST_OK) fail_msg("%s: %u", uri, status);
  return r->tree->resolve(r->tree->ctx, &r->origin, &parsed, &r->node);
}

/* Takes the answer; the texts it lends are gone with the next call. */
static omadm_status take(rig *r, omadm_status status) {
  size_t n = r->answer.data.len < sizeof r->text ? r->answer.data.len : sizeof r->text - 1;
  if (n > 0) memcpy(r->text, r->answer.data.ptr, n);
  r->text[n] = '\0';
  n = r->answer.detail.len < sizeof r->detail ? r->answer.detail.len : sizeof r->detail - 1;
  if (n > 0) memcpy(r->detail, r->answer.detail.ptr, n);
  r->detail[n] = '\0';
  r->waiting = status == OMADM_ST_PENDING ? r->answer.token : 0;
  r->arrived = false;
  return status;
}

omadm_status rig_wait(rig *r) {
  for (int i = 0; !r->arrived; i++) {
    if (i == 100) fail_msg("no answer comes");
    omadm_framework_pump(r->framework, 100);
  }
  return r->late;
}

static omadm_status finish(rig *r, omadm_status status) {
  status = take(r, status);
  return status == OMADM_ST_PENDING ? rig_wait(r) : status;
}

omadm_status rig_get(rig *r, const char *uri) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return finish(r, r->tree->get(r->tree->ctx, &r->origin, &r->node, &r->answer));
}

omadm_status rig_list(rig *r, const char *uri) {
  static char names[sizeof r->text];
  uint64_t cursor = 0;
  omadm_status status = rig_resolve(r, uri);
  names[0] = '\0';
  while (status == OMADM_ST_OK) {
    status = finish(r, r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer));
    if (r->arrived) continue; /* the same call is made again */
    if (status != OMADM_ST_OK) break;
    size_t used = strlen(names);
    int n = snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? "/" : "", r->text);
    assert_in_range(n, 0, sizeof names - used - 1);
  }
  memcpy(r->text, names, sizeof names);
  return status == OMADM_ST_END ? OMADM_ST_OK : status;
}

static omadm_value value_of(omadm_format format, const char *type, const char *text) {
  return (omadm_value){.format = format,
                       .type = omadm_str_of(type),
                       .data = omadm_str_of(text),
                       .has_data = text != NULL};
}

omadm_status rig_add(rig *r, const char *uri, omadm_format format, const char *text) {
  const omadm_value value = value_of(format, NULL, text);
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  return finish(r, r->tree->add(r->tree->ctx, &r->origin, &r->node, &value, &r->answer));
}

omadm_status rig_replace_as(rig *r, const char *uri, omadm_format format, const char *type,
                            const char *text) {
  const omadm_value value = value_of(format, type, text);
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  return finish(r, r->tree->replace(r->tree->ctx, &r->origin, &r->node, &value, &r->answer));
}

omadm_status rig_replace(rig *r, const char *uri, const char *text) {
  return rig_replace_as(r, uri, OMADM_FORMAT_ABSENT, NULL, text);
}

omadm_status rig_remove(rig *r, const char *uri) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return finish(r, r->tree->remove(r->tree->ctx, &r->origin, &r->node, &r->answer));
}

omadm_status rig_exec(rig *r, const char *uri, const char *text) {
  const omadm_value value = value_of(OMADM_FORMAT_ABSENT, NULL, text);
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return finish(r, r->tree->exec(r->tree->ctx, &r->origin, &r->node, &value, &r->answer));
}

omadm_status rig_start(rig *r, omadm_verb verb, const char *uri, const char *text) {
  const omadm_value value = value_of(OMADM_FORMAT_ABSENT, NULL, text);
  const omadm_tree *t = (rig_resolve(r, uri), r->tree);
  switch (verb) {
  case OMADM_VERB_GET: return take(r, t->get(t->ctx, &r->origin, &r->node, &r->answer));
  case OMADM_VERB_ADD: return take(r, t->add(t->ctx, &r->origin, &r->node, &value, &r->answer));
  case OMADM_VERB_REPLACE:
    return take(r, t->replace(t->ctx, &r->origin, &r->node, &value, &r->answer));
  case OMADM_VERB_DELETE: return take(r, t->remove(t->ctx, &r->origin, &r->node, &r->answer));
  case OMADM_VERB_EXEC: return take(r, t->exec(t->ctx, &r->origin, &r->node, &value, &r->answer));
  default: fail_msg("no such verb here"); return 0;
  }
}

omadm_status rig_enlist(rig *r, const char *uri, omadm_verb verb) {
  rig_resolve(r, uri);
  return take(r, r->tree->enlist(r->tree->ctx, &r->origin, &r->node, verb, &r->answer));
}

void rig_settle(rig *r) {
  if (r->tree == NULL) r->tree = omadm_framework_tree(r->framework);
  assert_int_equal(r->tree->settle(r->tree->ctx), 0);
}

void rig_expect(rig *r, const char *uri, const char *value) {
  omadm_status status = rig_get(r, uri);
  if (status != (value != NULL ? 200 : 404)) fail_msg("Get %s: %u %s", uri, status, r->detail);
  if (value != NULL) assert_string_equal(r->text, value);
}

void rig_expect_children(rig *r, const char *uri, const char *names) {
  omadm_status status = rig_list(r, uri);
  if (status != 200) fail_msg("list %s: %u %s", uri, status, r->detail);
  assert_string_equal(r->text, names);
}

void rig_poke(rig *r, const char *uri, const char *value) {
  omadm_error error = {0};
  if (omadm_framework_poke(r->framework, omadm_str_of(uri), OMADM_FORMAT_ABSENT,
                           (omadm_str){NULL, 0}, omadm_str_of(value), &error) != 0)
    fail_msg("%s", error.text);
}

int rig_run(const char *name, const struct CMUnitTest *tests, size_t n) {
  static char folder[64];
  snprintf(folder, sizeof folder, "/tmp/omadm-framework-%d", (int)getpid());
  const struct {
    const char *name;
    rig_options options;
  } modes[] = {
      {"plain", {0}},
      {"copying", {.host_flags = OMADM_HOST_COPYING}},
      {"late", {.host_flags = OMADM_HOST_LATE, .late_seed = 7}},
      {"copying and late", {.host_flags = OMADM_HOST_COPYING | OMADM_HOST_LATE, .late_seed = 42}},
      {"SQLite", {.folder = folder}},
  };
  int failed = 0;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    char title[100];
    snprintf(title, sizeof title, "%s, %s", name, modes[i].name);
    rig_mode = modes[i].options;
    failed += _cmocka_run_group_tests(title, tests, n, NULL, NULL);
  }
  return failed;
}
