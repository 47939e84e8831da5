/* SPDX-License-Identifier: MIT */
/* The nodes of a managed object: what can be found, read and changed. */
#include "operations/object.h"

#include <stdlib.h>
#include <string.h>

#include "operations/run.h"
#include "operations/settings.h"
#include "operations/work.h"

enum { PIECE = 65536 };

static object *of(uint64_t handle) {
  return (object *)(uintptr_t)handle;
}

static const node_rule *rule_of(const object *self, const omadm_csp_request *request) {
  return &self->rules->nodes[request->node];
}

/* Does an operation before the i-th run that command? */
static bool is_checked(const object_rules *rules, size_t i, const char *key) {
  for (size_t k = 0; k < i; k++)
    for (size_t step = 0; step < rules->operations[k].n_steps; step++)
      if (strcmp(rules->operations[k].steps[step]->command, key) == 0) return true;
  return false;
}

/* Each command that is set and would never be run; once, however many operations have it. */
static void check_commands(const object *self) {
  const object_rules *rules = self->rules;
  for (size_t i = 0; i < rules->n_operations; i++) {
    const operation *op = &rules->operations[i];
    for (size_t step = 0; step < op->n_steps; step++) {
      const char *key = op->steps[step]->command;
      char *text = settings_text(self->rows.services, self->rows.host, key);
      if (text != NULL && text[strspn(text, " \t")] != '/' && !is_checked(rules, i, key))
        settings_complain(self->rows.services, self->rows.host, key);
      free(text);
    }
  }
}

omadm_status object_open(const object_rules *rules, const omadm_csp_services *services,
                         uint64_t host, uint64_t *handle) {
  object *self = calloc(1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  self->rules = rules;
  self->rows = (rows){services, host};
  self->packages = (packages){&self->rows, rules->prefix};
  *handle = (uint64_t)(uintptr_t)self;
  check_commands(self);
  return OMADM_ST_OK;
}

void object_close(uint64_t handle) {
  free(of(handle));
}

omadm_status object_find(uint64_t handle, const omadm_csp_request *request) {
  const object *self = of(handle);
  char table = rule_of(self, request)->table;
  if (request->n_names == 0 || table == 0) return OMADM_ST_OK;
  return rows_has(&self->rows, table, request->names[0]) ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

typedef struct listing {
  object *self;
  omadm_token token;
} listing;

static void list_one(void *ctx, char table, omadm_str name) {
  const listing *to = ctx;
  const rows *store = &to->self->rows;
  if (rows_has(store, table, name)) (void)store->services->child(store->host, to->token, name);
}

omadm_status object_list(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const node_rule *rule = rule_of(self, request);
  listing to = {self, request->token};
  run_settle(self);
  if (rule->kind != NODE_TABLE) return OMADM_ST_OK;
  return rows_each(&self->rows, rule->table, list_one, &to) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

/* Loads the row of the request's instance, which is released with row_dispose in any case. */
static omadm_status load(object *self, const omadm_csp_request *request, row *r) {
  row_init(r);
  if (request->n_names == 0) return OMADM_ST_NOT_ALLOWED;
  omadm_err err = rows_load(&self->rows, rule_of(self, request)->table, request->names[0], r);
  if (err == 0 && !row_has(r, ROW_GONE)) return OMADM_ST_OK;
  return err == 0 || err == OMADM_E_NOT_FOUND ? OMADM_ST_NOT_FOUND : OMADM_ST_FAILED;
}

omadm_status object_get(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const node_rule *rule = rule_of(self, request);
  omadm_str value = {NULL, 0};
  row r;
  run_settle(self);
  if (rule->kind == NODE_EMPTY) return OMADM_ST_OK;
  if (rule->kind != NODE_TEXT && rule->kind != NODE_NUMBER) return OMADM_ST_NOT_ALLOWED;
  omadm_status status = load(self, request, &r);
  if (status == OMADM_ST_OK) {
    if (rule->kind == NODE_NUMBER) row_set_number(&r, rule->field, row_number(&r, rule->field));
    value = r.field[rule->field];
    if (self->rows.services->value(self->rows.host, request->token, value) != 0)
      status = OMADM_ST_FAILED;
  }
  row_dispose(&r);
  return status;
}

static omadm_status status_of(omadm_err err) {
  if (err == 0) return OMADM_ST_OK;
  return err == OMADM_E_LIMIT ? OMADM_ST_DEVICE_FULL : OMADM_ST_FAILED;
}

omadm_status object_add(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const node_rule *rule = rule_of(self, request);
  row r;
  run_settle(self);
  if (rule->kind != NODE_INSTANCE) return OMADM_ST_NOT_ALLOWED;
  if (request->names[0].len > ROW_NAME) return OMADM_ST_URI_TOO_LONG;
  row_init(&r);
  row_set_number(&r, ROW_STATE, (uint64_t)self->rules->idle);
  if (self->rules->made != NULL) self->rules->made(rule->table, request->names[0], &r);
  omadm_status status = status_of(rows_save(&self->rows, rule->table, request->names[0], &r));
  row_dispose(&r);
  return status;
}

static bool is_busy(const object *self, char table, omadm_str name) {
  const work *w = self->current;
  return w != NULL && w->operation->table == table && strlen(w->name) == name.len &&
         memcmp(w->name, name.ptr, name.len) == 0;
}

/* Has the request a value that does not come with it? */
static bool is_large(const omadm_csp_request *request) {
  size_t end = offsetof(omadm_csp_request, value_size) + sizeof request->value_size;
  return request->struct_size >= end && request->value_size > request->value.len;
}

static omadm_status append_pieces(const rows *store, const omadm_csp_request *request,
                                  package_file *file) {
  omadm_str piece = {NULL, 0};
  for (uint64_t at = 0; at < request->value_size; at += piece.len) {
    omadm_err err = OMADM_HAS(omadm_csp_services, store->services, read)
                        ? store->services->read(store->host, request->token, at, PIECE, &piece)
                        : OMADM_E_UNSUPPORTED;
    if (err != 0 || piece.len == 0) return OMADM_ST_STORE_FAILED;
    omadm_status status = packages_append(file, piece);
    if (status != OMADM_ST_OK) return status;
  }
  return OMADM_ST_OK;
}

/* The one that is replaced stays, because this may still be taken back: as long as no other one is
 * replaced, so that a server cannot fill the disk within a session. */
static void note_before(object *self, const row *r) {
  omadm_str file = r->field[ROW_FILE];
  if (file.len == 0 || file.len >= sizeof self->before) return;
  memcpy(self->before, file.ptr, file.len);
  self->before[file.len] = '\0';
}

/* The new package of an instance. */
static omadm_status put_data(object *self, const omadm_csp_request *request, row *r,
                             char name[PACKAGE_NAME]) {
  package_file file;
  bool large = is_large(request);
  name[0] = '\0';
  run_sweep(self);
  note_before(self, r);
  if (large || request->value.len > 0) {
    omadm_status status = packages_begin(&self->packages, &file);
    if (status == OMADM_ST_OK)
      status = large ? append_pieces(&self->rows, request, &file)
                     : packages_append(&file, request->value);
    if (status != OMADM_ST_OK) {
      packages_abort(&file);
      return status;
    }
    memcpy(name, file.name, PACKAGE_NAME);
    status = packages_end(&file);
    if (status != OMADM_ST_OK) return status;
  }
  row_set(r, ROW_FILE, (omadm_str){name, strlen(name)});
  row_set_number(r, ROW_DATA, name[0] != '\0');
  return OMADM_ST_OK;
}

static omadm_status put_text(const omadm_csp_request *request, int field, row *r) {
  omadm_str text = request->value;
  if (is_large(request) || text.len > ROW_VALUE) return OMADM_ST_TOO_LARGE;
  if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) return OMADM_ST_BAD_FORMAT;
  row_set(r, field, text);
  return OMADM_ST_OK;
}

omadm_status object_replace(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const node_rule *rule = rule_of(self, request);
  char name[PACKAGE_NAME];
  row r;
  run_settle(self);
  if (rule->kind != NODE_TEXT && rule->kind != NODE_DATA) return OMADM_ST_NOT_ALLOWED;
  omadm_status status = load(self, request, &r);
  if (status == OMADM_ST_OK && is_busy(self, rule->table, request->names[0]))
    status = OMADM_ST_UNAVAILABLE;
  if (status == OMADM_ST_OK)
    status = rule->kind == NODE_DATA ? put_data(self, request, &r, name)
                                     : put_text(request, rule->field, &r);
  if (status == OMADM_ST_OK) {
    self->rules->replaced(rule, &r);
    status = status_of(rows_save(&self->rows, rule->table, request->names[0], &r));
  }
  row_dispose(&r);
  return status;
}

omadm_status object_remove(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const node_rule *rule = rule_of(self, request);
  run_settle(self);
  if (rule->kind != NODE_INSTANCE) return OMADM_ST_NOT_ALLOWED;
  if (is_busy(self, rule->table, request->names[0])) return OMADM_ST_UNAVAILABLE;
  return status_of(rows_remove(&self->rows, rule->table, request->names[0]));
}

void object_event(uint64_t handle, omadm_csp_event event, omadm_str text) {
  object *self = of(handle);
  (void)text;
  run_settle(self);
  if (event == OMADM_CSP_SESSION_ENDED) self->before[0] = '\0';
  if (event == OMADM_CSP_SESSION_ENDED || event == OMADM_CSP_SESSION_BEGAN) run_sweep(self);
}
