/* SPDX-License-Identifier: MIT */
/*
 * Systemd: units of systemd that the configuration names: their state, and, where it is allowed,
 * starting and stopping them. Whatever is asked of systemd runs in a job.
 *
 * Settings: units, names with blanks between them; without it there are none. permit, of start,
 * stop, restart and enable; what does not stand in it is answered 403. timeout, seconds that
 * systemd may take, 90 by default. bus, the address of another bus than the system's.
 */
#include <omadm/csp.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manager.h"
#include "systemd_ddf.h"
#include "systemd_nodes.h"

enum { UNIT_NAME = 256, DEFAULT_SECONDS = 90, MOST_SECONDS = 3600 };

typedef struct systemd {
  const omadm_csp_services *services;
  uint64_t host;
  char *units, *permit, *bus; /* settings; NULL: none */
  unsigned seconds;
} systemd;

/* What is done in a job; everything is its own. */
typedef struct work {
  systemd *self;
  omadm_token token;
  uint32_t node;
  bool enable; /* Replace of Enabled: the value */
  bool changes, resumed;
  char unit[UNIT_NAME];
  char text[MANAGER_TEXT]; /* what a get answers */
  manager manager;
  omadm_status status;
} work;

/* What a node is in systemd, and the word of the setting `permit` that it needs. */
static const struct {
  uint32_t node;
  const char *property; /* of a Get, and what a resumed Exec is judged by */
  const char *method; /* of an Exec */
  const char *wanted; /* value of the property behind it */
  const char *permit;
} rules[] = {
    {SYSTEMD_UNITS_ANY_DESCRIPTION, "Description", NULL, NULL, NULL},
    {SYSTEMD_UNITS_ANY_LOADSTATE, "LoadState", NULL, NULL, NULL},
    {SYSTEMD_UNITS_ANY_ACTIVESTATE, "ActiveState", NULL, NULL, NULL},
    {SYSTEMD_UNITS_ANY_SUBSTATE, "SubState", NULL, NULL, NULL},
    {SYSTEMD_UNITS_ANY_UNITFILESTATE, "UnitFileState", NULL, NULL, NULL},
    {SYSTEMD_UNITS_ANY_ENABLED, "UnitFileState", NULL, "enabled", "enable"},
    {SYSTEMD_UNITS_ANY_START, "ActiveState", "StartUnit", "active", "start"},
    {SYSTEMD_UNITS_ANY_STOP, "ActiveState", "StopUnit", "inactive", "stop"},
    {SYSTEMD_UNITS_ANY_RESTART, "ActiveState", "RestartUnit", "active", "restart"},
};
enum { RULES = sizeof rules / sizeof *rules };

static size_t rule_of(uint32_t node) {
  size_t i = 0;
  while (i + 1 < RULES && rules[i].node != node)
    i++;
  return i;
}

static systemd *self_of(uint64_t handle) {
  return (systemd *)(uintptr_t)handle;
}

static char *setting(const systemd *self, const char *key) {
  omadm_str value;
  if (self->services->setting(self->host, (omadm_str){key, strlen(key)}, &value) != OMADM_OK ||
      value.len == 0)
    return NULL;
  return strndup(value.ptr, value.len);
}

/* The next word of a setting; false at its end. */
static bool next_word(const char **rest, omadm_str *word) {
  if (*rest == NULL) return false;
  *rest += strspn(*rest, " \t,");
  *word = (omadm_str){*rest, strcspn(*rest, " \t,")};
  *rest += word->len;
  return word->len > 0;
}

static bool has_word(const char *setting_text, const char *text, size_t len) {
  omadm_str word;
  while (next_word(&setting_text, &word))
    if (word.len == len && memcmp(word.ptr, text, len) == 0) return true;
  return false;
}

static omadm_status systemd_open(const omadm_csp_services *services, uint64_t host,
                                 uint64_t *handle) {
  systemd *self = calloc(1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  *self = (systemd){.services = services, .host = host, .seconds = DEFAULT_SECONDS};
  self->units = setting(self, "units");
  self->permit = setting(self, "permit");
  self->bus = setting(self, "bus");
  char *seconds = setting(self, "timeout");
  if (seconds != NULL) {
    unsigned long n = strtoul(seconds, NULL, 10);
    if (n > 0 && n <= MOST_SECONDS) self->seconds = (unsigned)n;
  }
  free(seconds);
  *handle = (uint64_t)(uintptr_t)self;
  return OMADM_ST_OK;
}

static void systemd_close(uint64_t handle) {
  systemd *self = self_of(handle);
  free(self->units);
  free(self->permit);
  free(self->bus);
  free(self);
}

static omadm_status systemd_find(uint64_t handle, const omadm_csp_request *r) {
  const systemd *self = self_of(handle);
  bool named = r->n_names == 1 && r->names[0].len < UNIT_NAME &&
               has_word(self->units, r->names[0].ptr, r->names[0].len);
  return named ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

static omadm_status systemd_list(uint64_t handle, const omadm_csp_request *r) {
  const systemd *self = self_of(handle);
  const char *rest = self->units;
  omadm_str word;
  while (r->node == SYSTEMD_UNITS && next_word(&rest, &word))
    if (word.len < UNIT_NAME) self->services->child(self->host, r->token, word);
  return OMADM_ST_OK;
}

/* On a worker: nothing of the CSP is touched but what never changes. */
static void run(void *arg) {
  work *w = arg;
  size_t i = rule_of(w->node);
  bool good = true;
  if (w->changes && rules[i].method == NULL)
    good = manager_enable(&w->manager, w->unit, w->enable);
  else if (w->changes)
    good = manager_run(&w->manager, rules[i].method, w->unit);
  if (!w->changes) good = manager_property(&w->manager, w->unit, rules[i].property, w->text);
  if (good && w->resumed && strcmp(w->text, rules[i].wanted) != 0) {
    snprintf(w->manager.reason, sizeof w->manager.reason, "it was interrupted, and is %.40s",
             w->text);
    good = false;
  }
  w->status = good ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static void done(void *arg) {
  work *w = arg;
  const systemd *self = w->self;
  if (w->status != OMADM_ST_OK) {
    char line[700];
    int n = snprintf(line, sizeof line, "%s: %s", w->unit, w->manager.reason);
    self->services->log(self->host, OMADM_CSP_LOG_WARN, (omadm_str){line, (size_t)n});
  } else if (!w->changes && !w->resumed) {
    const char *text = w->text;
    if (w->node == SYSTEMD_UNITS_ANY_ENABLED)
      text = strcmp(text, "enabled") == 0 ? "true" : "false";
    self->services->value(self->host, w->token, (omadm_str){text, strlen(text)});
  }
  self->services->complete(self->host, w->token, w->status, NULL);
  free(w);
}

static omadm_status begin(uint64_t handle, const omadm_csp_request *r, bool changes, bool resumed) {
  systemd *self = self_of(handle);
  const char *word = rules[rule_of(r->node)].permit;
  if (changes && !has_word(self->permit, word, strlen(word))) return OMADM_ST_FORBIDDEN;
  work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  *w = (work){.self = self,
              .token = r->token,
              .node = r->node,
              .enable = r->value.len == 4, /* "true" */
              .changes = changes,
              .resumed = resumed,
              .manager = {.address = self->bus, .seconds = self->seconds}};
  memcpy(w->unit, r->names[0].ptr, r->names[0].len); /* find has seen that it fits */
  if (self->services->job(self->host, run, done, w) == OMADM_OK) return OMADM_ST_PENDING;
  free(w);
  return OMADM_ST_FAILED;
}

static omadm_status systemd_get(uint64_t handle, const omadm_csp_request *r) {
  return begin(handle, r, false, false);
}

static omadm_status systemd_change(uint64_t handle, const omadm_csp_request *r) {
  return begin(handle, r, true, false);
}

/* Nobody waited for systemd's job while the agent was away: the unit's state tells how it ended. */
static omadm_status systemd_resume(uint64_t handle, const omadm_csp_request *r) {
  return systemd_find(handle, r) == OMADM_ST_OK ? begin(handle, r, false, true) : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = systemd_open,
    .close = systemd_close,
    .find = systemd_find,
    .list = systemd_list,
    .get = systemd_get,
    .replace = systemd_change,
    .exec = systemd_change,
    .resume = systemd_resume,
};

static const omadm_csp_descriptor descriptor = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof descriptor,
    .name = "Systemd",
    .version = CSP_VERSION,
    .ddf = (const char *)systemd_ddf,
    .ddf_len = sizeof systemd_ddf - 1,
    .slots = &slots,
};

OMADM_CSP_PLUGIN(descriptor)
