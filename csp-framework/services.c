/* SPDX-License-Identifier: MIT */
#include "csp-framework/services.h"

#include <stdlib.h>

#include "csp-framework/dispatch.h"
#include "csp-framework/host.h"
#include "csp-framework/listing.h"
#include "csp-framework/outbox.h"

struct fw_job {
  fw_job *next;
  omadm_framework *fw;
  void (*run)(void *arg);
  void (*done)(void *arg);
  void *arg;
};

uint64_t services_handle(const fw_csp *csp) {
  return (uint64_t)(uintptr_t)csp;
}

static fw_csp *csp_of(uint64_t host) {
  return (fw_csp *)(uintptr_t)host;
}

/* A span on its way from a CSP: in the copying host through memory that dies with the call. */
typedef struct passed {
  omadm_str s;
  char *copy;
} passed;

static omadm_err pass(const fw_csp *csp, omadm_str s, passed *p) {
  *p = (passed){.s = s};
  if ((csp->fw->config.host_flags & OMADM_HOST_COPYING) == 0) return OMADM_OK;
  p->copy = host_copy_str(s);
  p->s.ptr = p->copy;
  return p->copy != NULL ? OMADM_OK : OMADM_E_NOMEM;
}

static void service_log(uint64_t host, int level, omadm_str text) {
  const fw_csp *csp = csp_of(host);
  if (level < OMADM_LOG_ERROR || level > OMADM_LOG_DEBUG) level = OMADM_LOG_DEBUG;
  omadm_log_line(csp->fw->log, (omadm_log_level)level, csp->name, "%.*s",
                 (int)(text.len < 1000 ? text.len : 1000), text.len > 0 ? text.ptr : "");
}

static int64_t service_now(uint64_t host) {
  return fw_now(csp_of(host)->fw);
}

static omadm_err service_value(uint64_t host, omadm_token token, omadm_str octets) {
  passed p;
  omadm_err err = pass(csp_of(host), octets, &p);
  if (err == 0) err = dispatch_value(csp_of(host), token, p.s);
  free(p.copy);
  return err;
}

static omadm_err service_child(uint64_t host, omadm_token token, omadm_str name) {
  passed p;
  omadm_err err = pass(csp_of(host), name, &p);
  if (err == 0) err = dispatch_child(csp_of(host), token, p.s);
  free(p.copy);
  return err;
}

/* The same for an alert. */
typedef struct passed_alert {
  omadm_csp_alert alert;
  passed spans[5];
} passed_alert;

static omadm_err pass_alert(const fw_csp *csp, const omadm_csp_alert *given, passed_alert *p) {
  *p = (passed_alert){.alert = *given};
  omadm_str *spans[] = {&p->alert.type, &p->alert.source, &p->alert.data, &p->alert.correlator,
                        &p->alert.server_id};
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < sizeof spans / sizeof *spans; i++) {
    err = pass(csp, *spans[i], &p->spans[i]);
    *spans[i] = p->spans[i].s;
  }
  return err;
}

static void alert_done(passed_alert *p) {
  for (size_t i = 0; i < sizeof p->spans / sizeof *p->spans; i++)
    free(p->spans[i].copy);
}

static omadm_err service_complete(uint64_t host, omadm_token token, omadm_status status,
                                  const omadm_csp_alert *alert) {
  passed_alert p = {.alert = {0}};
  omadm_err err = alert != NULL ? pass_alert(csp_of(host), alert, &p) : 0;
  if (err == 0)
    err = dispatch_complete(csp_of(host), token, status, alert != NULL ? &p.alert : NULL);
  alert_done(&p);
  return err;
}

static omadm_err service_alert(uint64_t host, const omadm_csp_alert *alert) {
  passed_alert p;
  omadm_err err = pass_alert(csp_of(host), alert, &p);
  if (err == 0) err = outbox_raise(csp_of(host)->fw, p.alert.server_id, &p.alert);
  alert_done(&p);
  return err;
}

static omadm_err service_changed(uint64_t host, omadm_str uri) {
  omadm_framework *fw = csp_of(host)->fw;
  listing_forget(fw);
  fw_log(fw, OMADM_LOG_DEBUG, "%s: the device changed %.*s", csp_of(host)->name, (int)uri.len,
         uri.ptr);
  return OMADM_OK;
}

/* The values of one CSP stand together, under its name. */
static omadm_err store_key(const fw_csp *csp, omadm_str key, omadm_buf *out) {
  out->len = 0;
  omadm_err err = omadm_buf_add(out, csp->name, strlen(csp->name) + 1);
  return err == 0 ? omadm_buf_add_str(out, key) : err;
}

static omadm_err service_store_get(uint64_t host, omadm_str key, omadm_buf *out) {
  omadm_framework *fw = csp_of(host)->fw;
  omadm_str value;
  omadm_err err = store_key(csp_of(host), key, &fw->key);
  if (err == 0) err = overlay_get(&fw->overlay, OMADM_STORE_CSP, omadm_buf_str(&fw->key), &value);
  return err == 0 ? omadm_buf_add_str(out, value) : err;
}

static omadm_err service_store_set(uint64_t host, omadm_str key, omadm_str value) {
  omadm_framework *fw = csp_of(host)->fw;
  if (value.len == 0) value.ptr = NULL;
  omadm_err err = store_key(csp_of(host), key, &fw->key);
  return err == 0 ? overlay_put(&fw->overlay, OMADM_STORE_CSP, omadm_buf_str(&fw->key), value)
                  : err;
}

static omadm_err service_setting(uint64_t host, omadm_str key, omadm_buf *out) {
  const fw_csp *csp = csp_of(host);
  const omadm_framework_config *c = &csp->fw->config;
  return c->setting != NULL ? c->setting(c->ctx, csp->name, key, out) : OMADM_E_NOT_FOUND;
}

/* Runs on a worker's thread: it may touch the job and nothing of the framework. */
static void job_run(void *arg) {
  fw_job *job = arg;
  job->run(job->arg);
}

static void job_done(void *arg) {
  fw_job *job = arg;
  omadm_framework *fw = job->fw;
  fw->n_jobs--;
  if (job->done != NULL) job->done(job->arg);
  omadm_mem_free(&fw->mem, job);
}

static omadm_err service_job(uint64_t host, void (*run)(void *arg), void (*done)(void *arg),
                             void *arg) {
  omadm_framework *fw = csp_of(host)->fw;
  omadm_worker *worker = fw->config.worker;
  fw_job *job = omadm_mem_new(&fw->mem, 1, sizeof *job);
  if (job == NULL) return OMADM_E_NOMEM;
  *job = (fw_job){.fw = fw, .run = run, .done = done, .arg = arg};
  if (worker != NULL) {
    omadm_err err = worker->submit(worker->ctx, job_run, job_done, job);
    if (err != 0) {
      omadm_mem_free(&fw->mem, job);
      return err;
    }
  } else {
    *(fw->last_job != NULL ? &fw->last_job->next : &fw->jobs) = job;
    fw->last_job = job;
  }
  fw->n_jobs++;
  return OMADM_OK;
}

int services_work(omadm_framework *fw, int timeout_ms) {
  omadm_worker *worker = fw->config.worker;
  if (worker != NULL) return fw->n_jobs > 0 ? worker->poll(worker->ctx, timeout_ms) : 0;
  int n = 0;
  fw_job *job = fw->jobs;
  fw->jobs = fw->last_job = NULL; /* a job that a job asks for runs the next time */
  for (fw_job *next; job != NULL; job = next, n++) {
    next = job->next;
    job_run(job);
    job_done(job);
  }
  return n;
}

size_t services_jobs(const omadm_framework *fw) {
  return fw->n_jobs;
}

void services_finish(omadm_framework *fw) {
  while (fw->n_jobs > 0)
    services_work(fw, 1000);
}

static const omadm_csp_services table = {
    .struct_size = sizeof table,
    .log = service_log,
    .now = service_now,
    .value = service_value,
    .child = service_child,
    .complete = service_complete,
    .alert = service_alert,
    .changed = service_changed,
    .store_get = service_store_get,
    .store_set = service_store_set,
    .setting = service_setting,
    .job = service_job,
};

const omadm_csp_services *services_table(const omadm_framework *fw) {
  (void)fw;
  return &table;
}
