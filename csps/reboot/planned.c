/* SPDX-License-Identifier: MIT */
#include "reboot/planned.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reboot/logind.h"
#include "reboot/settings.h"

#define TOLD "told" /* of a failure by an alert, which is sent once */

/* What waits for logind. Everything is its own. */
struct planned_job {
  planned *self;
  bool is_change; /* else what is kept is told anew */
  schedule_kind kind;
  omadm_token token;
  char *value; /* of a change; NULL: removed */
  char *bus;
  logind logind;
  int64_t at; /* when the machine is to restart; 0: not at all */
  bool done;
};

static const char *const names[SCHEDULE_KINDS] = {"Single", "DailyRecurrent", "WeeklyRecurrent"};

static omadm_str str_of(const char *text) {
  return (omadm_str){text, strlen(text)};
}

static void say(const planned *self, int level, const char *format, ...) OMADM_PRINTF(3, 4);
static void say(const planned *self, int level, const char *format, ...) {
  char line[600];
  va_list ap;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  self->services->log(self->host, level, str_of(line));
}

/* A value is kept behind a "=", since an empty one is one too. Lent as by store_get. */
static bool kept(const planned *self, schedule_kind kind, omadm_str *value) {
  if (self->services->store_get(self->host, str_of(names[kind]), value) != OMADM_OK ||
      value->len == 0)
    return false;
  *value = (omadm_str){value->ptr + 1, value->len - 1};
  return true;
}

static bool keep(const planned *self, schedule_kind kind, const char *value) {
  char *text = NULL;
  if (value != NULL && asprintf(&text, "=%s", value) < 0) return false;
  omadm_err err =
      self->services->store_set(self->host, str_of(names[kind]), str_of(text != NULL ? text : ""));
  free(text);
  return err == OMADM_OK;
}

/* The first time of all values, of which one is as the change will have it. */
static int64_t first(const planned *self, const planned_job *change) {
  int64_t now = self->services->now(self->host) / 1000, earliest = 0;
  for (int kind = 0; kind < SCHEDULE_KINDS; kind++) {
    int64_t next = 0;
    omadm_str value = {NULL, 0};
    if (change->is_change && change->kind == (schedule_kind)kind)
      value = str_of(change->value != NULL ? change->value : "");
    else
      (void)kept(self, (schedule_kind)kind, &value);
    if (value.len > 0 && schedule_next((schedule_kind)kind, value, now, &next) && next != 0 &&
        (earliest == 0 || next < earliest))
      earliest = next;
  }
  return earliest;
}

static void job_free(planned_job *job) {
  if (job == NULL) return;
  free(job->value);
  free(job->bus);
  free(job);
}

static planned_job *job_new(planned *self) {
  planned_job *job = calloc(1, sizeof *job);
  if (job == NULL) return NULL;
  job->self = self;
  job->bus = setting_text(self->services, self->host, "bus");
  job->logind =
      (logind){.address = job->bus, .seconds = setting_seconds(self->services, self->host)};
  return job;
}

/* On a worker: may touch the job only. */
static void job_run(void *arg) {
  planned_job *job = arg;
  job->done = logind_schedule(&job->logind, job->at);
}

static void tell_time(const planned *self, const planned_job *job) {
  char text[40] = "";
  struct tm tm;
  time_t at = (time_t)job->at;
  if (at == 0) {
    say(self, job->is_change ? OMADM_CSP_LOG_INFO : OMADM_CSP_LOG_DEBUG, "no restart is scheduled");
    return;
  }
  if (localtime_r(&at, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &tm) == 0)
    snprintf(text, sizeof text, "%lld", (long long)job->at);
  say(self, job->logind.other ? OMADM_CSP_LOG_WARN : OMADM_CSP_LOG_INFO,
      job->logind.other
          ? "another shutdown that is scheduled before %s stays; omadm's waits for its next run"
          : "the device restarts at %s",
      text);
}

/* A device that stays up at a time that a server relies on is told of, once. */
static void tell_failure(const planned *self, const planned_job *job) {
  omadm_str told;
  say(self, job->is_change || job->at != 0 ? OMADM_CSP_LOG_WARN : OMADM_CSP_LOG_INFO,
      "logind was not told when to restart: %s", job->logind.reason);
  if (job->is_change || job->at == 0 ||
      self->services->store_get(self->host, str_of(TOLD), &told) == OMADM_OK)
    return;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = str_of(ALERT_TYPE),
                                 .format = OMADM_FORMAT_CHR,
                                 .mark = OMADM_CSP_MARK_WARNING,
                                 .source = OMADM_STR("./Vendor/MSFT/Reboot/Schedule"),
                                 .data = str_of(job->logind.reason)};
  if (self->services->alert(self->host, &alert) == OMADM_OK)
    (void)self->services->store_set(self->host, str_of(TOLD), str_of("1"));
}

static void start(planned *self, planned_job *job);

/* Tells logind what is kept; `always`: also that nothing is. */
static void renew(planned *self, bool always) {
  planned_job *job = job_new(self);
  if (job == NULL) return;
  job->at = first(self, job);
  if (job->at == 0 && !always)
    job_free(job);
  else
    start(self, job);
}

/* Back on the CSP's thread. */
static void job_done(void *arg) {
  planned_job *job = arg;
  planned *self = job->self;
  planned_job *next = self->next;
  omadm_status status = job->done ? OMADM_ST_OK : OMADM_ST_FAILED;
  self->busy = self->next = NULL;
  if (job->done && job->is_change && !keep(self, job->kind, job->value))
    status = OMADM_ST_STORE_FAILED;
  if (job->done) {
    tell_time(self, job);
    (void)self->services->store_set(self->host, str_of(TOLD), (omadm_str){NULL, 0});
  } else {
    tell_failure(self, job);
  }
  if (job->is_change) (void)self->services->complete(self->host, job->token, status, NULL);
  /* A call that failed may yet have reached logind; what it has now need not be what is kept. */
  bool in_doubt = job->is_change && status != OMADM_ST_OK;
  job_free(job);
  if (next != NULL)
    start(self, next);
  else if (in_doubt && self->busy == NULL)
    renew(self, true);
}

static void refuse(planned *self, planned_job *job) {
  if (job->is_change) (void)self->services->complete(self->host, job->token, OMADM_ST_FAILED, NULL);
  job_free(job);
}

static void start(planned *self, planned_job *job) {
  if (self->busy != NULL) {
    /* A renewal says nothing that the change before it does not say. */
    planned_job *before = self->next;
    self->next = job->is_change ? job : before;
    if (before != NULL || !job->is_change) refuse(self, job->is_change ? before : job);
    return;
  }
  if (job->is_change) job->at = first(self, job);
  self->busy = job;
  if (self->services->job(self->host, job_run, job_done, job) == OMADM_OK) return;
  self->busy = NULL;
  say(self, OMADM_CSP_LOG_WARN, "nobody can ask logind: a job was refused");
  refuse(self, job);
}

void planned_renew(planned *self, bool at_start) {
  if (self->busy == NULL && setting_logind(self->services, self->host)) renew(self, at_start);
}

omadm_status planned_find(const planned *self, schedule_kind kind) {
  omadm_str value;
  return setting_logind(self->services, self->host) && kept(self, kind, &value)
             ? OMADM_ST_OK
             : OMADM_ST_NOT_FOUND;
}

omadm_status planned_get(const planned *self, schedule_kind kind, omadm_token token) {
  omadm_str value;
  if (!kept(self, kind, &value)) return OMADM_ST_NOT_FOUND;
  return self->services->value(self->host, token, value) == OMADM_OK ? OMADM_ST_OK
                                                                     : OMADM_ST_FAILED;
}

static omadm_status check(const planned *self, schedule_kind kind, omadm_str value) {
  const schedule_kind excluded = kind == SCHEDULE_DAILY ? SCHEDULE_WEEKLY : SCHEDULE_DAILY;
  int64_t next = 0;
  omadm_str other;
  if (value.len == 0) return OMADM_ST_OK;
  if (!schedule_next(kind, value, self->services->now(self->host) / 1000, &next)) {
    say(self, OMADM_CSP_LOG_WARN, "%s: the value is no %s of ISO 8601", names[kind],
        kind == SCHEDULE_DAILY ? "time" : "date and time");
    return OMADM_ST_BAD_FORMAT;
  }
  if (kind == SCHEDULE_SINGLE || !kept(self, excluded, &other) || other.len == 0)
    return OMADM_ST_OK;
  say(self, OMADM_CSP_LOG_WARN, "%s: there is %s, which excludes it", names[kind], names[excluded]);
  return OMADM_ST_NOT_ALLOWED;
}

omadm_status planned_change(planned *self, schedule_kind kind, omadm_token token,
                            const omadm_str *value) {
  if (!setting_logind(self->services, self->host)) {
    say(self, OMADM_CSP_LOG_WARN, "a schedule needs method = logind in [csp.Reboot]");
    return OMADM_ST_NOT_SUPPORTED;
  }
  omadm_status status = value != NULL ? check(self, kind, *value) : OMADM_ST_OK;
  if (status != OMADM_ST_OK) return status;
  planned_job *job = job_new(self);
  if (job == NULL) return OMADM_ST_FAILED;
  job->is_change = true;
  job->kind = kind;
  job->token = token;
  job->value = value == NULL ? NULL : value->len > 0 ? strndup(value->ptr, value->len) : strdup("");
  if (value != NULL && job->value == NULL) {
    job_free(job);
    return OMADM_ST_FAILED;
  }
  start(self, job);
  return OMADM_ST_PENDING;
}
