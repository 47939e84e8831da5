/* SPDX-License-Identifier: MIT */
/*
 * The wall between a CSP and the services it calls: its handle, and the octets that cross. In the
 * copying host they cross through memory of exactly their size that dies with the call.
 *
 * Any thread may call any of this.
 */
#ifndef OMADM_FRAMEWORK_CROSSING_H
#define OMADM_FRAMEWORK_CROSSING_H

#include "csp-framework/core.h"

/* The CSP of a handle. NULL where it is none. */
fw_csp *crossing_csp(uint64_t host);
/* The same for a service that only the CSPs' thread may call. NOT_FOUND: it is none. STATE, and a
 * log line: a job calls, or a thread that the CSP started. */
omadm_err crossing_own(uint64_t host, const char *service, fw_csp **csp);
/* The thread that calls is the CSPs' from now on. */
void crossing_bind(omadm_framework *fw);

/* Logs that a CSP called a service from a thread that may not. */
void crossing_stray(const fw_csp *csp, const char *service);
/* Logs what a CSP did wrong. Returns ARGUMENT. */
omadm_err crossing_refuse(const fw_csp *csp, const char *service, const char *why);
/* ARGUMENT, and a log line, for octets at NULL. */
omadm_err crossing_check(const fw_csp *csp, const char *service, omadm_str s);
/* Octets on their way from a CSP. */
typedef struct crossing_span {
  omadm_str s;
  char *copy;
} crossing_span;

/* ARGUMENT or NOMEM; always to be ended by crossing_forget. */
omadm_err crossing_pass(const fw_csp *csp, const char *service, omadm_str s, crossing_span *p);

/* Memory of a CSP that a service writes. */
typedef struct crossing_room {
  void *at; /* where the service writes */
  void *home; /* the CSP's */
  size_t size;
  size_t len; /* of it goes home */
  bool secret; /* the copy is wiped */
} crossing_room;

/* ARGUMENT or NOMEM; always to be ended by crossing_give. */
omadm_err crossing_take(const fw_csp *csp, const char *service, void *home, size_t size,
                        crossing_room *room);
/* What was written goes home, the first `len` octets of it; ends the room. */
void crossing_give(crossing_room *room, size_t len);
/* Ends a span; where it is a secret, its copy is wiped. */
void crossing_forget(crossing_span *p, bool secret);

/* services->http. */
omadm_err service_http(uint64_t host, const omadm_csp_http_request *request,
                       omadm_csp_http_reply *reply);
/* services->job. */
omadm_err service_job(uint64_t host, void (*run)(void *arg), void (*done)(void *arg), void *arg);
/* services->tpm. */
extern const omadm_tpm_calls service_tpm;

#endif
