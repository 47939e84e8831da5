/* SPDX-License-Identifier: MIT */
#include "operations/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operations/settings.h"

#define PATH_VARIABLE "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
enum { LONGEST_TIMEOUT = 604800 };

static bool add_variable(work *self, const char *name, omadm_str value) {
  char *text = NULL;
  if (self->n_envp >= WORK_VARIABLES - 1) return false;
  if (asprintf(&text, "%s=%.*s", name, (int)value.len, value.len > 0 ? value.ptr : "") < 0)
    return false;
  self->envp[self->n_envp++] = text;
  return true;
}

static bool add_text(work *self, const char *name, const char *value) {
  return add_variable(self, name, (omadm_str){value, strlen(value)});
}

/* The instance's name as one that can also be the name of a file: other octets than letters,
 * digits, '-', '_' and '.', and a '.' at the beginning, are %XX. */
static bool add_instance(work *self, omadm_str name) {
  static const char digits[] = "0123456789ABCDEF";
  char text[3 * ROW_NAME + 1];
  size_t n = 0;
  for (size_t i = 0; i < name.len && i < ROW_NAME; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 c == '-' || c == '_' || (c == '.' && i > 0);
    if (plain) {
      text[n++] = (char)c;
      continue;
    }
    text[n++] = '%';
    text[n++] = digits[c >> 4];
    text[n++] = digits[c & 15];
  }
  return add_variable(self, "OMADM_INSTANCE", (omadm_str){text, n});
}

/* Nothing of the agent's own environment. */
static bool add_variables(work *self, const row *r, omadm_str name) {
  const object_rules *rules = self->object->rules;
  const operation *op = self->operation;
  char *fixed = strdup(PATH_VARIABLE);
  if (fixed == NULL) return false;
  self->envp[self->n_envp++] = fixed;
  bool good = add_text(self, "LC_ALL", "C.UTF-8") &&
              add_text(self, "OMADM_OPERATION", op->steps[self->step]->verb) &&
              add_text(self, "OMADM_RESUMED", self->resumed ? "1" : "0") &&
              add_instance(self, name);
  if (good && self->folder != NULL) good = add_text(self, "OMADM_STATE_DIR", self->folder);
  if (good && self->package != NULL) good = add_text(self, "OMADM_PACKAGE", self->package);
  if (good && op->url != 0 && self->preset == 0)
    good = add_variable(self, "OMADM_URL", r->field[op->url]);
  for (size_t i = 0; good && i < rules->n_variables; i++)
    if (rules->variables[i].table == op->table)
      good = add_variable(self, rules->variables[i].name, r->field[rules->variables[i].field]);
  return good;
}

static bool read_settings(work *self, const row *r) {
  const rows *store = &self->object->rows;
  const operation_step *step = self->operation->steps[self->step];
  omadm_status status = OMADM_ST_OK;
  self->command = settings_text(store->services, store->host, step->command);
  self->argv = self->command != NULL ? settings_words(self->command) : NULL;
  self->seconds =
      settings_number(store->services, store->host, step->timeout, LONGEST_TIMEOUT, step->seconds);
  self->map = settings_text(store->services, store->host, "exit-codes");
  self->folder = packages_folder(&self->object->packages, &status);
  if (self->argv == NULL || self->argv[0] == NULL)
    self->preset = self->object->rules->codes->not_implemented;
  else if (status == OMADM_ST_STORE_FAILED)
    self->preset = self->object->rules->codes->undefined;
  if (self->folder == NULL || !row_has(r, ROW_FILE)) return true;
  omadm_str file = r->field[ROW_FILE];
  return asprintf(&self->package, "%s/%.*s", self->folder, (int)file.len, file.ptr) >= 0;
}

/* The server's URL is looked at here, so that a bad one is told as the object has it: by the result
 * and not by the status of the Exec. */
static void check_url(work *self, const row *r) {
  const rows *store = &self->object->rows;
  const operation *op = self->operation;
  if (!op->steps[self->step]->fetches || self->preset != 0) return;
  char *schemes = settings_text(store->services, store->host, "schemes");
  if (!outcome_url_is_good(r->field[op->url], schemes != NULL ? schemes : "https http"))
    self->preset = self->object->rules->codes->bad_url;
  free(schemes);
}

static work *make(object *owner, const operation *op, size_t step, omadm_str name, omadm_str uri,
                  const row *r, bool resumed) {
  work *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->object = owner;
  self->operation = op;
  self->step = step;
  self->resumed = resumed;
  self->name = strndup(name.ptr, name.len);
  self->uri = strndup(uri.ptr, uri.len);
  if (self->name != NULL && self->uri != NULL && read_settings(self, r)) {
    check_url(self, r);
    if (add_variables(self, r, name)) return self;
  }
  work_free(self);
  return NULL;
}

work *work_new(object *self, const operation *op, size_t step, const omadm_csp_request *request,
               const row *r, bool resumed) {
  work *made = make(self, op, step, request->names[0], request->uri, r, resumed);
  if (made != NULL) made->token = request->token;
  return made;
}

work *work_next(const work *before, const row *r) {
  work *made = make(before->object, before->operation, before->step + 1,
                    (omadm_str){before->name, strlen(before->name)},
                    (omadm_str){before->uri, strlen(before->uri)}, r, false);
  if (made != NULL) made->token = before->token;
  return made;
}

void work_free(work *self) {
  if (self == NULL) return;
  for (size_t i = 0; i < self->n_envp; i++)
    free(self->envp[i]);
  free(self->name);
  free(self->uri);
  free(self->command);
  free(self->folder);
  free(self->package);
  free(self->map);
  free(self->argv);
  free(self);
}

/* On a worker: touches the work only. */
static void run(void *arg) {
  work *self = arg;
  if (self->preset != 0) return;
  if (self->argv[0][0] != '/') { /* no search in the agent's PATH */
    self->preset = self->object->rules->codes->undefined;
    return;
  }
  const command_request request = {
      .argv = self->argv, .envp = self->envp, .folder = self->folder, .seconds = self->seconds};
  command_run(&request, &self->result);
  /* What was fetched is on the disk before the state says that it is. */
  bool fetches = self->operation->steps[self->step]->fetches;
  if (fetches && self->package != NULL && access(self->package, F_OK) == 0)
    self->lost = !packages_flush(self->package);
}

omadm_err work_start(work *self, void (*done)(void *work)) {
  const rows *store = &self->object->rows;
  if (self->preset == 0 && self->argv[0][0] != '/')
    settings_complain(store->services, store->host, self->operation->steps[self->step]->command);
  return store->services->job(store->host, run, done, self);
}

int work_code(const work *self) {
  const operation_step *step = self->operation->steps[self->step];
  if (self->preset != 0) return self->preset;
  const outcome_codes *codes = self->object->rules->codes;
  int code = outcome_of(codes, &self->result, self->map, step->code_failed, step->code_late);
  return self->lost && outcome_is_success(codes, code) ? step->code_failed : code;
}
