/* SPDX-License-Identifier: MIT */
/*
 * Reboot: RebootNow answers 200 at once; when the session has ended a job restarts the device (the
 * device's own Exec, which has no session, does it at once). What fails is told to the server by a
 * Generic Alert. Schedule is planned.h.
 *
 * Settings: method, command or logind. command, run by /bin/sh; without it a line in the log says
 * what would have been done. bus, the address of another bus than the system's, for logind.
 * timeout, seconds that it may take, 60 by default. alert = yes: the server is told of success too.
 */
#include <omadm/csp.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reboot/command.h"
#include "reboot/logind.h"
#include "reboot/planned.h"
#include "reboot/settings.h"
#include "reboot_ddf.h"
#include "reboot_nodes.h"

typedef struct reboot {
  const omadm_csp_services *services;
  uint64_t host;
  planned planned;
  bool wanted; /* an Exec waits for the end of its session */
  char *server_id; /* of that Exec */
  char *correlator;
  char *uri;
} reboot;

/* What a job carries. Everything is its own. */
typedef struct reboot_job {
  reboot *self;
  char *command; /* NULL: logind is asked */
  char *bus;
  logind logind;
  unsigned seconds;
  int result; /* of the command; of logind 0 where it agreed */
  char *server_id;
  char *correlator;
  char *uri;
} reboot_job;

static omadm_str str_of(const char *text) {
  return (omadm_str){text, text != NULL ? strlen(text) : 0};
}

static void say(const reboot *self, int level, const char *text) {
  self->services->log(self->host, level, str_of(text));
}

static char *setting(const reboot *self, const char *key) {
  return setting_text(self->services, self->host, key);
}

static void forget(reboot *self) {
  free(self->server_id);
  free(self->correlator);
  free(self->uri);
  self->server_id = self->correlator = self->uri = NULL;
  self->wanted = false;
}

static void job_free(reboot_job *job) {
  if (job == NULL) return;
  free(job->command);
  free(job->bus);
  free(job->server_id);
  free(job->correlator);
  free(job->uri);
  free(job);
}

static void describe(const reboot_job *job, char *text, size_t size) {
  if (job->command == NULL)
    snprintf(text, size, "%s",
             job->result == 0 ? "logind was asked to restart the device" : job->logind.reason);
  else if (job->result == 0)
    snprintf(text, size, "the reboot command was run");
  else if (job->result == COMMAND_NOT_STARTED)
    snprintf(text, size, "the reboot command could not be started");
  else if (job->result == COMMAND_TOO_LATE)
    snprintf(text, size, "the reboot command did not end within %u s", job->seconds);
  else
    snprintf(text, size, "the reboot command ended with status %d", job->result);
}

/* On a worker: may touch the job only. */
static void job_run(void *arg) {
  reboot_job *job = arg;
  if (job->command != NULL)
    job->result = command_run(job->command, job->seconds);
  else
    job->result = logind_reboot(&job->logind) ? 0 : 1;
}

/* Back on the CSP's thread. */
static void job_done(void *arg) {
  reboot_job *job = arg;
  reboot *self = job->self;
  char text[LOGIND_REASON];
  describe(job, text, sizeof text);
  say(self, job->result == 0 ? OMADM_CSP_LOG_INFO : OMADM_CSP_LOG_WARN, text);
  char *alert_wanted = setting(self, "alert");
  if (job->result != 0 || (alert_wanted != NULL && strcmp(alert_wanted, "yes") == 0)) {
    omadm_csp_alert alert = {
        .struct_size = sizeof alert,
        .type = str_of(ALERT_TYPE),
        .format = OMADM_FORMAT_CHR,
        .mark = job->result == 0 ? OMADM_CSP_MARK_INFORMATIONAL : OMADM_CSP_MARK_WARNING,
        .source = str_of(job->uri),
        .data = str_of(text),
        .correlator = str_of(job->correlator),
        .server_id = str_of(job->server_id),
        .session_now = 1,
    };
    if (self->services->alert(self->host, &alert) != 0)
      say(self, OMADM_CSP_LOG_WARN, "the alert about it could not be stored");
  }
  free(alert_wanted);
  job_free(job);
}

/* Starts what was asked for, and forgets it: a command that restarts the machine must not be found
 * again afterwards. */
static void start(reboot *self) {
  reboot_job *job = calloc(1, sizeof *job);
  bool by_logind = setting_logind(self->services, self->host);
  if (job != NULL) job->command = by_logind ? NULL : setting(self, "command");
  if (job == NULL || (job->command == NULL && !by_logind)) {
    say(self, OMADM_CSP_LOG_WARN,
        job == NULL ? "no memory to reboot"
                    : "would reboot: set command = in [csp.Reboot], or method = logind");
    job_free(job);
    forget(self);
    return;
  }
  job->self = self;
  job->seconds = setting_seconds(self->services, self->host);
  job->bus = setting(self, "bus");
  job->logind = (logind){.address = job->bus, .seconds = job->seconds};
  job->server_id = self->server_id;
  job->correlator = self->correlator;
  job->uri = self->uri;
  self->server_id = self->correlator = self->uri = NULL;
  self->wanted = false;
  if (self->services->job(self->host, job_run, job_done, job) != 0) {
    say(self, OMADM_CSP_LOG_WARN, "the reboot could not be queued");
    job_free(job);
  }
}

static omadm_status reboot_open(const omadm_csp_services *services, uint64_t host,
                                uint64_t *handle) {
  reboot *self = calloc(1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  self->services = services;
  self->host = host;
  self->planned = (planned){.services = services, .host = host};
  planned_renew(&self->planned, true);
  *handle = (uint64_t)(uintptr_t)self;
  return OMADM_ST_OK;
}

static void reboot_close(uint64_t handle) {
  reboot *self = (reboot *)(uintptr_t)handle;
  forget(self);
  free(self);
}

static char *copy(omadm_str text) {
  return text.len > 0 ? strndup(text.ptr, text.len) : strdup("");
}

static omadm_status reboot_exec(uint64_t handle, const omadm_csp_request *request) {
  reboot *self = (reboot *)(uintptr_t)handle;
  if (request->node != REBOOT_REBOOTNOW) return OMADM_ST_NOT_SUPPORTED;
  if (self->wanted) return OMADM_ST_OK;
  self->server_id = copy(request->server_id);
  self->correlator = copy(request->correlator);
  self->uri = copy(request->uri);
  if (self->server_id == NULL || self->correlator == NULL || self->uri == NULL) {
    forget(self);
    return OMADM_ST_FAILED;
  }
  self->wanted = true;
  if (request->session_id.len == 0) start(self);
  return OMADM_ST_OK;
}

/* SCHEDULE_KINDS: none of its nodes. */
static schedule_kind kind_of(const omadm_csp_request *request) {
  static const uint32_t nodes[SCHEDULE_KINDS] = {
      REBOOT_SCHEDULE_SINGLE, REBOOT_SCHEDULE_DAILYRECURRENT, REBOOT_SCHEDULE_WEEKLYRECURRENT};
  int kind = 0;
  while (kind < SCHEDULE_KINDS && nodes[kind] != request->node)
    kind++;
  return (schedule_kind)kind;
}

static omadm_status reboot_find(uint64_t handle, const omadm_csp_request *request) {
  const reboot *self = (const reboot *)(uintptr_t)handle;
  schedule_kind kind = kind_of(request);
  return kind == SCHEDULE_KINDS ? OMADM_ST_OK : planned_find(&self->planned, kind);
}

/* RebootNow has no value: a Get shows that it is there. */
static omadm_status reboot_get(uint64_t handle, const omadm_csp_request *request) {
  const reboot *self = (const reboot *)(uintptr_t)handle;
  schedule_kind kind = kind_of(request);
  if (kind < SCHEDULE_KINDS) return planned_get(&self->planned, kind, request->token);
  return request->node == REBOOT_REBOOTNOW ? OMADM_ST_OK : OMADM_ST_NOT_ALLOWED;
}

static omadm_status reboot_put(uint64_t handle, const omadm_csp_request *request) {
  reboot *self = (reboot *)(uintptr_t)handle;
  schedule_kind kind = kind_of(request);
  if (kind == SCHEDULE_KINDS) return OMADM_ST_NOT_SUPPORTED;
  return planned_change(&self->planned, kind, request->token, &request->value);
}

static omadm_status reboot_remove(uint64_t handle, const omadm_csp_request *request) {
  reboot *self = (reboot *)(uintptr_t)handle;
  schedule_kind kind = kind_of(request);
  if (kind == SCHEDULE_KINDS) return OMADM_ST_NOT_SUPPORTED;
  return planned_change(&self->planned, kind, request->token, NULL);
}

static void reboot_event(uint64_t handle, omadm_csp_event event, omadm_str text) {
  reboot *self = (reboot *)(uintptr_t)handle;
  (void)text;
  if (event == OMADM_CSP_SESSION_BEGAN) planned_renew(&self->planned, false);
  if (event == OMADM_CSP_SESSION_ENDED && self->wanted) start(self);
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = reboot_open,
    .close = reboot_close,
    .find = reboot_find,
    .get = reboot_get,
    .add = reboot_put,
    .replace = reboot_put,
    .remove = reboot_remove,
    .exec = reboot_exec,
    .event = reboot_event,
};

#ifdef OMADM_CSP_LOADABLE
static
#endif
    const omadm_csp_descriptor omadm_csp_reboot = {
        .abi = OMADM_CSP_ABI,
        .struct_size = sizeof(omadm_csp_descriptor),
        .name = "Reboot",
        .version = CSP_VERSION,
        .ddf = (const char *)reboot_ddf,
        .ddf_len = sizeof reboot_ddf - 1,
        .slots = &slots,
};

#ifdef OMADM_CSP_LOADABLE
OMADM_CSP_PLUGIN(omadm_csp_reboot)
#endif
