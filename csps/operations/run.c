/* SPDX-License-Identifier: MIT */
#include "operations/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operations/settings.h"
#include "operations/work.h"

static object *of(uint64_t handle) {
  return (object *)(uintptr_t)handle;
}

static void say(const object *self, int level, const char *text) {
  self->rows.services->log(self->rows.host, level, (omadm_str){text, strlen(text)});
}

static const operation *find_operation(const object *self, uint32_t node) {
  for (size_t i = 0; i < self->rules->n_operations; i++)
    if (self->rules->operations[i].node == node) return &self->rules->operations[i];
  return NULL;
}

/* The step that a running state belongs to; NULL: it is no running state. */
static const operation_step *running_step(const operation *op, uint64_t state, size_t *step) {
  for (*step = 0; *step < op->n_steps; ++*step)
    if ((uint64_t)op->steps[*step]->running == state) return op->steps[*step];
  return NULL;
}

/* The command may have taken the file away. */
static void fail(const object *self, const operation_step *step, row *r) {
  bool data = row_number(r, ROW_DATA) != 0;
  if (row_has(r, ROW_FILE) && !packages_is_there(&self->packages, r->field[ROW_FILE])) data = false;
  if (step->fetches || !data) row_set(r, ROW_FILE, (omadm_str){NULL, 0});
  row_set_number(r, ROW_DATA, data);
  row_set_number(r, ROW_STATE, (uint64_t)(data ? step->failed : step->failed_empty));
}

/* Tells the end. Whatever the server is told, the Exec is over. */
static void complete(object *self, const operation *op, omadm_token token, const char *uri,
                     const row *r, int code) {
  const omadm_csp_services *services = self->rows.services;
  omadm_csp_alert alert = {.struct_size = sizeof alert, .session_now = 1};
  char *data = NULL;
  bool good = outcome_is_success(self->rules->codes, code);
  omadm_status status = good ? OMADM_ST_OK : OMADM_ST_FAILED;
  alert.mark = good ? OMADM_CSP_MARK_INFORMATIONAL : OMADM_CSP_MARK_WARNING;
  alert.source = (omadm_str){uri, strlen(uri)};
  self->rules->describe(op, r, code, &alert, &data);
  if (data != NULL) alert.data = (omadm_str){data, strlen(data)};
  if (services->complete(self->rows.host, token, status, &alert) == OMADM_E_ARGUMENT)
    (void)services->complete(self->rows.host, token, status, NULL);
  free(data);
}

static void log_end(const object *self, const work *w, int code) {
  char how[200] = "was not run", text[400];
  if (w->preset == 0) outcome_describe(&w->result, how, sizeof how);
  bool good = outcome_is_success(self->rules->codes, code);
  snprintf(text, sizeof text, "%s: the command %s: result %d", w->operation->steps[w->step]->verb,
           how, code);
  say(self, good ? OMADM_CSP_LOG_INFO : OMADM_CSP_LOG_WARN, text);
}

static void step_done(void *arg);

/* Notes the running state, and starts the step. */
static omadm_err start(object *self, work *w, row *r) {
  const operation *op = w->operation;
  const omadm_str name = {w->name, strlen(w->name)};
  row_set_number(r, ROW_STATE, (uint64_t)op->steps[w->step]->running);
  row_set_number(r, ROW_TOKEN, w->token);
  omadm_err err = rows_save(&self->rows, op->table, name, r);
  if (err == 0) err = work_start(w, step_done);
  if (err == 0) self->current = w;
  return err;
}

/* Where the operation has a further step, and this one succeeded. */
static bool go_on(object *self, const work *w, row *r) {
  if (w->step + 1 >= w->operation->n_steps) return false;
  work *next = work_next(w, r);
  if (next != NULL && start(self, next, r) == 0) return true;
  work_free(next);
  return false;
}

/* Back on the CSP's thread. */
static void step_done(void *arg) {
  work *w = arg;
  object *self = w->object;
  const operation *op = w->operation;
  const omadm_str name = {w->name, strlen(w->name)};
  const operation_step *step = op->steps[w->step];
  row r;
  int code = work_code(w);
  log_end(self, w, code);
  self->current = NULL;
  omadm_err err = rows_load(&self->rows, op->table, name, &r);
  const bool loaded = err == 0; /* else the row is empty: saved, it would replace the instance */
  if (err == 0 && outcome_is_success(self->rules->codes, code)) {
    if (step->fetches) {
      row_set_number(&r, ROW_DATA, 1);
      if (!packages_is_there(&self->packages, r.field[ROW_FILE]))
        row_set(&r, ROW_FILE, (omadm_str){NULL, 0});
    }
    err = self->rules->succeeded(self, op, w->step, name, w->result.said.version, &r);
    if (err == 0 && go_on(self, w, &r)) goto out;
    if (err != 0 || w->step + 1 < op->n_steps) {
      code = self->rules->codes->undefined;
      fail(self, op->steps[op->n_steps - 1], &r);
    }
  } else if (err == 0) {
    fail(self, step, &r);
  }
  row_set_number(&r, ROW_RESULT, (uint64_t)code);
  const bool lost =
      loaded ? rows_save(&self->rows, op->table, name, &r) != 0 : err != OMADM_E_NOT_FOUND;
  if (lost) say(self, OMADM_CSP_LOG_ERROR, "the state of an instance could not be noted");
  complete(self, op, w->token, w->uri, &r, code);
  if (row_has(&r, ROW_GONE)) (void)rows_remove(&self->rows, op->table, name);
out:
  row_dispose(&r);
  work_free(w);
}

/* A new file for what is to be fetched. */
static omadm_status prepare(object *self, const operation *op, row *r, char name[PACKAGE_NAME]) {
  omadm_status status = OMADM_ST_OK;
  if (!op->steps[0]->fetches) return OMADM_ST_OK;
  char *folder = packages_folder(&self->packages, &status);
  if (folder == NULL && status != OMADM_ST_NOT_SUPPORTED) return status;
  name[0] = '\0';
  if (folder != NULL && packages_name(&self->packages, name) != 0)
    status = OMADM_ST_STORE_FAILED;
  else
    status = OMADM_ST_OK;
  free(folder);
  row_set(r, ROW_FILE, (omadm_str){name, strlen(name)});
  row_set_number(r, ROW_DATA, 0);
  return status;
}

static omadm_status begin(object *self, const operation *op, const omadm_csp_request *request,
                          row *r) {
  char name[PACKAGE_NAME];
  for (size_t i = 0; i < op->n_steps; i++)
    if (!settings_has(self->rows.services, self->rows.host, op->steps[i]->command))
      return OMADM_ST_NOT_SUPPORTED;
  if (self->current != NULL) return OMADM_ST_UNAVAILABLE;
  omadm_status status = self->rules->may(self, op, request->names[0], r);
  if (status == OMADM_ST_OK) {
    run_sweep(self);
    status = prepare(self, op, r, name);
  }
  if (status != OMADM_ST_OK) return status;
  work *w = work_new(self, op, 0, request, r, false);
  omadm_err err = w != NULL ? start(self, w, r) : OMADM_E_NOMEM;
  if (err == 0) return OMADM_ST_ACCEPTED;
  work_free(w);
  return err == OMADM_E_LIMIT ? OMADM_ST_DEVICE_FULL : OMADM_ST_FAILED;
}

omadm_status object_exec(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const operation *op = find_operation(self, request->node);
  row r;
  run_settle(self);
  if (op == NULL || request->n_names == 0) return OMADM_ST_NOT_ALLOWED;
  omadm_err err = rows_load(&self->rows, op->table, request->names[0], &r);
  omadm_status status = err == 0 ? begin(self, op, request, &r) : OMADM_ST_NOT_FOUND;
  row_dispose(&r);
  return status;
}

/* The row knows this Exec: it runs its step again, or tells the end that was not told. */
static omadm_status go_back(object *self, const operation *op, const omadm_csp_request *request,
                            row *r) {
  size_t step = 0;
  const operation_step *running = running_step(op, row_number(r, ROW_STATE), &step);
  if (running != NULL && self->current == NULL) {
    work *w = work_new(self, op, step, request, r, true);
    if (w != NULL && start(self, w, r) == 0) return OMADM_ST_PENDING;
    work_free(w);
  }
  if (running != NULL) {
    fail(self, running, r);
    row_set_number(r, ROW_RESULT, (uint64_t)self->rules->codes->undefined);
    (void)rows_save(&self->rows, op->table, request->names[0], r);
  }
  return OMADM_ST_OK;
}

omadm_status object_resume(uint64_t handle, const omadm_csp_request *request) {
  object *self = of(handle);
  const operation *op = find_operation(self, request->node);
  omadm_status status = OMADM_ST_OK;
  char uri[4096];
  row r;
  int code = 0;
  if (op == NULL || request->n_names == 0 || request->uri.len >= sizeof uri) return OMADM_ST_FAILED;
  memcpy(uri, request->uri.ptr, request->uri.len);
  uri[request->uri.len] = '\0';
  if (rows_load(&self->rows, op->table, request->names[0], &r) == 0) {
    /* Another token: the agent died between noting the Exec and its state. */
    if (row_number(&r, ROW_TOKEN) == request->token)
      status = go_back(self, op, request, &r);
    else if (begin(self, op, request, &r) == OMADM_ST_ACCEPTED)
      status = OMADM_ST_PENDING;
    if (row_number(&r, ROW_TOKEN) == request->token) code = (int)row_number(&r, ROW_RESULT);
  }
  if (code == 0) code = self->rules->codes->undefined;
  if (status != OMADM_ST_PENDING) complete(self, op, request->token, uri, &r, code);
  row_dispose(&r);
  return OMADM_ST_PENDING;
}

static void settle_row(void *ctx, char table, omadm_str name) {
  object *self = ctx;
  size_t step = 0;
  row r;
  if (rows_load(&self->rows, table, name, &r) != 0) {
    row_dispose(&r);
    return;
  }
  bool gone = row_has(&r, ROW_GONE);
  if (gone) (void)rows_remove(&self->rows, table, name);
  bool resumed =
      self->current != NULL && row_number(&r, ROW_TOKEN) == (uint64_t)self->current->token;
  for (size_t i = 0; !gone && !resumed && i < self->rules->n_operations; i++) {
    const operation *op = &self->rules->operations[i];
    const operation_step *running = running_step(op, row_number(&r, ROW_STATE), &step);
    if (op->table != table || running == NULL) continue;
    fail(self, running, &r);
    row_set_number(&r, ROW_RESULT, (uint64_t)self->rules->codes->undefined);
    (void)rows_save(&self->rows, table, name, &r);
    break;
  }
  row_dispose(&r);
}

void run_settle(object *self) {
  if (self->settled) return;
  self->settled = true;
  for (const char *table = self->rules->tables; *table != '\0'; table++)
    (void)rows_each(&self->rows, *table, settle_row, self);
}

typedef struct search {
  object *self;
  omadm_str file;
  bool found;
} search;

/* A row that cannot be read may be the one that has it. */
static void look_at(void *ctx, char table, omadm_str name) {
  search *s = ctx;
  row r;
  omadm_err err = rows_load(&s->self->rows, table, name, &r);
  omadm_str file = r.field[ROW_FILE];
  if (err != 0 ||
      (file.len == s->file.len && file.len > 0 && memcmp(file.ptr, s->file.ptr, file.len) == 0))
    s->found = true;
  row_dispose(&r);
}

static bool keeps(void *ctx, omadm_str file) {
  search s = {ctx, file, false};
  if (file.len == strlen(s.self->before) && memcmp(file.ptr, s.self->before, file.len) == 0)
    return true;
  for (const char *table = s.self->rules->tables; *table != '\0'; table++)
    if (rows_each(&s.self->rows, *table, look_at, &s) != 0) return true;
  return s.found;
}

void run_sweep(object *self) {
  packages_sweep(&self->packages, self->current != NULL, keeps, self);
}
