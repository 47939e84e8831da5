/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"
#include <omadm/builtin.h>

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  machine *self = ctx;
  char wanted[128];
  omadm_err err =
      omadm_builtin_setting(csp, key, (omadm_str)OMADM_STR("IMEI:1"), &self->limits, out);
  if (err != OMADM_E_NOT_FOUND) return err;
  snprintf(wanted, sizeof wanted, "%s/%.*s", csp, (int)key.len, key.ptr);
  for (size_t i = 0; i < self->n_settings; i++)
    if (strcmp(self->settings[i][0], wanted) == 0)
      return omadm_buf_add_text(out, self->settings[i][1]);
  return OMADM_E_NOT_FOUND;
}

static void keep_value(machine *self, const omadm_answer *answer) {
  if (answer != NULL)
    snprintf(self->value, sizeof self->value, "%.*s", (int)answer->data.len,
             answer->data.len > 0 ? answer->data.ptr : "");
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  machine *self = ctx;
  (void)token;
  self->late = status;
  keep_value(self, answer);
}

void machine_init(machine *self) {
  *self = (machine){.root = "/tmp/omadm-machine-XXXXXX"};
  assert_non_null(mkdtemp(self->root));
  omadm_limits_init(&self->limits);
  machine_set(self, "DevInfo/root", self->root);
  machine_set(self, "DevDetail/root", self->root);
}

void machine_file(machine *self, const char *path, const char *text) {
  char command[256];
  snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s%s')\"", self->root, path);
  assert_int_equal(system(command), 0);
  snprintf(command, sizeof command, "%s%s", self->root, path);
  FILE *file = fopen(command, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

void machine_set(machine *self, const char *csp_key, const char *value) {
  assert_true(self->n_settings < 16);
  snprintf(self->settings[self->n_settings][0], 128, "%s", csp_key);
  snprintf(self->settings[self->n_settings++][1], 128, "%s", value);
}

void machine_start(machine *self, const char *plugin, unsigned host_flags) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_store_new_memory(&self->store, &error), 0);
  config.store = self->store;
  config.worker = self->worker;
  config.limits = self->limits;
  config.host_flags = host_flags;
  config.ctx = self;
  config.setting = setting;
  config.completed = completed;
  assert_int_equal(omadm_framework_new(&config, &self->framework, &error), 0);
  omadm_err err = plugin != NULL ? omadm_framework_load(self->framework, plugin, &error)
                                 : omadm_builtin_mount(self->framework, &error);
  if (err != 0) print_message("%s\n", error.text);
  assert_int_equal(err, 0);
}

void machine_end(machine *self) {
  char command[128];
  omadm_framework_free(self->framework);
  omadm_store_close(self->store);
  omadm_worker_free(self->worker);
  snprintf(command, sizeof command, "rm -rf '%s'", self->root);
  assert_int_equal(system(command), 0);
}

static omadm_origin origin_of(const machine *self) {
  return (omadm_origin){.server_id = self->server, .session_id = self->session};
}

omadm_status machine_resolve(machine *self, const char *text, omadm_node *node) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_origin origin = origin_of(self);
  omadm_uri uri;
  char scratch[256];
  omadm_status status = omadm_uri_parse(omadm_str_of(text), 0, &self->limits, scratch, NULL, &uri);
  return status == OMADM_ST_OK ? tree->resolve(tree->ctx, &origin, &uri, node) : status;
}

/* The status now, or that of the late answer. */
static omadm_status await(machine *self, omadm_status status) {
  for (int i = 0; status == OMADM_ST_PENDING && self->late == 0 && i < 1000; i++)
    (void)omadm_framework_pump(self->framework, 10);
  return status == OMADM_ST_PENDING ? self->late : status;
}

omadm_status machine_get(machine *self, const char *uri) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_origin origin = origin_of(self);
  omadm_node node;
  omadm_answer answer = {0};
  omadm_status status = machine_resolve(self, uri, &node);
  if (status != OMADM_ST_OK) return status;
  self->late = 0;
  status = tree->get(tree->ctx, &origin, &node, &answer);
  if (status == OMADM_ST_OK) keep_value(self, &answer);
  return await(self, status);
}

omadm_status machine_exec(machine *self, const char *uri) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_origin origin = origin_of(self);
  omadm_node node;
  omadm_answer answer = {0};
  omadm_value value = {0};
  omadm_status status = machine_resolve(self, uri, &node);
  if (status != OMADM_ST_OK) return status;
  self->late = 0;
  return await(self, tree->exec(tree->ctx, &origin, &node, &value, &answer));
}

void machine_assert(machine *self, const char *uri, const char *value) {
  omadm_status status = machine_get(self, uri);
  if (status != OMADM_ST_OK) print_message("%s: %u\n", uri, status);
  assert_int_equal(status, OMADM_ST_OK);
  assert_string_equal(self->value, value);
}
