/* SPDX-License-Identifier: MIT */
/*
 * A CSP whose work takes time. A Get of ./Vendor/Slow/Level is answered late, by a job that can be
 * cancelled. An Exec on ./Vendor/Slow/Update is told 202 and ends with an alert; a restart in the
 * middle of it takes it up again, with what it was to do.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for nanosleep, where the compiler is asked for C11 and no more */
#endif
#include <omadm/csp.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAF(name, access, format)                                                                 \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType><" access                          \
  "/></AccessType><DFFormat><" format "/></DFFormat><Scope><Permanent/></Scope>"                   \
  "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Slow</NodeName><Path>./Vendor</Path>"
    "<RTProperties><ACL>Get=*</ACL></RTProperties><DFProperties>"
    "<AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Scope><Permanent/></Scope>"
    "<DFType><DDFName/></DFType></DFProperties>" LEAF("Level", "Get", "int")
        LEAF("Update", "Exec", "chr") "</Node></MgmtTree>";
enum { SLOW, LEVEL, UPDATE }; /* numbers of its nodes, in document order */

/* What is under way: a Get, or the Exec. */
typedef struct work {
  struct work *next;
  struct slow *of;
  omadm_token token;
  uint32_t node;
  atomic_bool cancelled; /* the only field that the job's thread and the CSP's share */
} work;

typedef struct slow {
  const omadm_csp_services *services;
  uint64_t host;
  work *first;
} slow;

static const omadm_str wanted = OMADM_STR("wanted"); /* key of what the Exec is to install */

static slow *slow_of(uint64_t self) {
  return (slow *)(uintptr_t)self;
}

static omadm_status slow_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  slow *s = calloc(1, sizeof *s);
  if (s == NULL) return OMADM_ST_FAILED;
  s->services = services;
  s->host = host;
  *self = (uint64_t)(uintptr_t)s;
  return OMADM_ST_OK;
}

/* No job runs any more: the host has waited for them. */
static void slow_close(uint64_t self) {
  free(slow_of(self));
}

/* On a worker's thread: it may look at its own work, call log, now, http and the TPM, and nothing
 * else. It looks often whether it is still wanted. */
static void run(void *arg) {
  work *w = arg;
  const struct timespec step = {0, 20 * 1000 * 1000};
  for (int i = 0; i < 20 && !atomic_load(&w->cancelled); i++)
    nanosleep(&step, NULL);
}

static void forget(work *w) {
  work **at = &w->of->first;
  while (*at != w)
    at = &(*at)->next;
  *at = w->next;
  free(w);
}

/* On the CSP's thread, when run has returned. A request that was cancelled is completed as well. */
static void done(void *arg) {
  work *w = arg;
  const slow *s = w->of;
  const omadm_str level = OMADM_STR("42");
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR("com.example:slow-update"),
                                 .format = OMADM_FORMAT_CHR,
                                 .data = OMADM_STR("installed")};
  omadm_status status = atomic_load(&w->cancelled) ? OMADM_ST_FAILED : OMADM_ST_OK;
  if (w->node == UPDATE) s->services->store_set(s->host, wanted, (omadm_str){NULL, 0});
  if (w->node == LEVEL && status == OMADM_ST_OK) s->services->value(s->host, w->token, level);
  s->services->complete(s->host, w->token, status, w->node == UPDATE ? &alert : NULL);
  forget(w);
}

static omadm_status start(uint64_t self, const omadm_csp_request *request, omadm_status answer) {
  slow *s = slow_of(self);
  work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  w->of = s;
  w->token = request->token;
  w->node = request->node;
  w->next = s->first;
  s->first = w;
  if (s->services->job(s->host, run, done, w) == 0) return answer;
  forget(w);
  return OMADM_ST_FAILED;
}

static omadm_status slow_get(uint64_t self, const omadm_csp_request *request) {
  return start(self, request, OMADM_ST_PENDING);
}

/* The host keeps the Exec over a restart, but not its Data: that is ours to keep. */
static omadm_status slow_exec(uint64_t self, const omadm_csp_request *request) {
  const slow *s = slow_of(self);
  omadm_str value;
  if (s->services->store_get(s->host, wanted, &value) == 0) return OMADM_ST_UNAVAILABLE;
  value = request->value.len > 0 ? request->value : (omadm_str)OMADM_STR("latest");
  if (s->services->store_set(s->host, wanted, value) != 0) return OMADM_ST_FAILED;
  return start(self, request, OMADM_ST_ACCEPTED);
}

/* After a restart, with the token of the Exec that was told 202. */
static omadm_status slow_resume(uint64_t self, const omadm_csp_request *request) {
  const slow *s = slow_of(self);
  omadm_str value;
  if (s->services->store_get(s->host, wanted, &value) != 0) return OMADM_ST_FAILED;
  return start(self, request, OMADM_ST_PENDING);
}

static void slow_cancel(uint64_t self, omadm_token token) {
  for (work *w = slow_of(self)->first; w != NULL; w = w->next)
    if (w->token == token) atomic_store(&w->cancelled, 1);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = slow_open,
                                      .close = slow_close,
                                      .get = slow_get,
                                      .exec = slow_exec,
                                      .cancel = slow_cancel,
                                      .resume = slow_resume};

static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Slow",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
