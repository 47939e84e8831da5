/* SPDX-License-Identifier: MIT */
#include "tests/faults/slow.h"

#include "base/mem.h"
#include "base/str.h"

#include "slow_ddf.h"
#include "slow_nodes.h"

typedef struct slow {
  const omadm_csp_services *services;
  uint64_t host;
} slow;

/* What a late answer needs. */
typedef struct slow_job {
  slow *self;
  omadm_token token;
  omadm_status status;
  bool twice;
} slow_job;

/*  word, what the slot answers, what is completed with (0: nothing), completed twice */
static const struct {
  const char *word;
  omadm_status now, then;
  bool twice;
} manners[] = {
    {"later", OMADM_ST_PENDING, OMADM_ST_OK, false},
    {"later-500", OMADM_ST_PENDING, OMADM_ST_FAILED, false},
    {"accepted", OMADM_ST_ACCEPTED, OMADM_ST_OK, false},
    {"twice", OMADM_ST_PENDING, OMADM_ST_OK, true},
    {"never", OMADM_ST_PENDING, 0, false},
    {"busy", OMADM_ST_UNAVAILABLE, 0, false},
};

static slow *self_of(uint64_t handle) {
  return (slow *)(uintptr_t)handle;
}

static omadm_status slow_open(const omadm_csp_services *services, uint64_t host, uint64_t *handle) {
  slow *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  *self = (slow){services, host};
  *handle = (uint64_t)(uintptr_t)self;
  return OMADM_ST_OK;
}

static void slow_close(uint64_t handle) {
  omadm_mem_free(&omadm_mem_default, self_of(handle));
}

static void run(void *arg) {
  (void)arg;
}

static void done(void *arg) {
  slow_job *job = arg;
  const slow *self = job->self;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR("urn:omadm:test:slow"),
                                 .data = OMADM_STR("ended")};
  self->services->complete(self->host, job->token, job->status, &alert);
  if (job->twice) self->services->complete(self->host, job->token, OMADM_ST_FAILED, NULL);
  omadm_mem_free(&omadm_mem_default, job);
}

/* How a word asks to be answered; 200 for any other. */
static omadm_status answer(slow *self, const omadm_csp_request *request) {
  size_t i = 0;
  while (i < sizeof manners / sizeof *manners && !omadm_str_is(request->value, manners[i].word))
    i++;
  if (i == sizeof manners / sizeof *manners) return OMADM_ST_OK;
  if (manners[i].then == 0) return manners[i].now;
  slow_job *job = omadm_mem_new(&omadm_mem_default, 1, sizeof *job);
  if (job == NULL) return OMADM_ST_FAILED;
  *job = (slow_job){self, request->token, manners[i].then, manners[i].twice};
  if (self->services->job(self->host, run, done, job) == 0) return manners[i].now;
  omadm_mem_free(&omadm_mem_default, job);
  return OMADM_ST_FAILED;
}

static omadm_status stored(omadm_err err) {
  return err == 0 ? OMADM_ST_OK : omadm_status_from_err(err);
}

/* Kept with a leading octet, since an empty value would remove it. */
static omadm_status put(slow *self, const omadm_csp_request *request) {
  omadm_buf value;
  omadm_status status = answer(self, request);
  if (status != OMADM_ST_OK && status != OMADM_ST_PENDING) return status;
  omadm_buf_init(&value, NULL, 0);
  omadm_err err = omadm_buf_add_text(&value, "=");
  if (err == 0) err = omadm_buf_add_str(&value, request->value);
  if (err == 0) err = self->services->store_set(self->host, request->uri, omadm_buf_str(&value));
  omadm_buf_dispose(&value);
  return status == OMADM_ST_PENDING ? status : stored(err);
}

static omadm_status slow_put(uint64_t handle, const omadm_csp_request *request) {
  return put(self_of(handle), request);
}

static omadm_status slow_remove(uint64_t handle, const omadm_csp_request *request) {
  const slow *self = self_of(handle);
  return stored(self->services->store_set(self->host, request->uri, (omadm_str){NULL, 0}));
}

static omadm_status slow_exec(uint64_t handle, const omadm_csp_request *request) {
  return answer(self_of(handle), request);
}

static omadm_status slow_find(uint64_t handle, const omadm_csp_request *request) {
  const slow *self = self_of(handle);
  omadm_str value;
  omadm_err err = self->services->store_get(self->host, request->uri, &value);
  return err == OMADM_E_NOT_FOUND ? OMADM_ST_NOT_FOUND : stored(err);
}

static omadm_status slow_get(uint64_t handle, const omadm_csp_request *request) {
  const slow *self = self_of(handle);
  omadm_str value;
  omadm_err err = self->services->store_get(self->host, request->uri, &value);
  if (err == 0 && value.len > 0) {
    omadm_str text = {value.ptr + 1, value.len - 1};
    err = self->services->value(self->host, request->token, text);
  } else if (err == OMADM_E_NOT_FOUND && request->node != SLOW_BOX_ANY) {
    err = 0;
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_ST_NOT_FOUND : stored(err);
}

/* The names below Box are not kept apart: those that tests use are looked for. */
static omadm_status slow_list(uint64_t handle, const omadm_csp_request *request) {
  static const char *const names[] = {"A", "B", "C"};
  const slow *self = self_of(handle);
  omadm_err err = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names && err == 0; i++) {
    omadm_buf uri;
    omadm_str value;
    omadm_buf_init(&uri, NULL, 0);
    err = omadm_buf_printf(&uri, "%.*s/%s", (int)request->uri.len, request->uri.ptr, names[i]);
    omadm_err found = err;
    if (err == 0) found = self->services->store_get(self->host, omadm_buf_str(&uri), &value);
    if (found == 0)
      err = self->services->child(self->host, request->token, omadm_str_of(names[i]));
    else if (found != OMADM_E_NOT_FOUND)
      err = found;
    omadm_buf_dispose(&uri);
  }
  return stored(err);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = slow_open,
                                      .close = slow_close,
                                      .find = slow_find,
                                      .list = slow_list,
                                      .get = slow_get,
                                      .add = slow_put,
                                      .replace = slow_put,
                                      .remove = slow_remove,
                                      .exec = slow_exec};

const omadm_csp_descriptor slow_csp = {.abi = OMADM_CSP_ABI,
                                       .struct_size = sizeof slow_csp,
                                       .name = "Slow",
                                       .version = "1",
                                       .ddf = (const char *)slow_ddf,
                                       .ddf_len = sizeof slow_ddf - 1,
                                       .slots = &slots};
