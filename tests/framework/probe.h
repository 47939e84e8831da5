/* SPDX-License-Identifier: MIT */
/* A CSP for tests: it keeps values in memory, writes down how it is called, and does what it is
 * told to do wrong. */
#ifndef OMADM_TESTS_FRAMEWORK_PROBE_H
#define OMADM_TESTS_FRAMEWORK_PROBE_H

#include "rig.h"

/* What the probe is to do from now on; the verbs count their calls in `calls`. */
typedef struct probe_orders {
  omadm_status find, add, replace, remove, get, exec, list, begin, prepare, commit, rollback,
      resume; /* 0: as it should */
  int fail_leaf; /* Add of a leaf answers 500 */
  int complete_at_once; /* a pending Get, or an Exec, is completed in its slot */
  int by_job; /* pending answers are completed by a job */
  omadm_status job_status;
} probe_orders;

extern probe_orders probe_do;
/* One word a call: "open begin(1) add(a)=x …", with a blank behind each. */
extern char probe_calls[4096];
/* The token of the last request that the probe answered with PENDING, or with 202. */
extern omadm_token probe_token;
extern omadm_token probe_exec_token; /* of the last Exec */
extern uint64_t probe_transaction; /* the last one that began */
extern const omadm_csp_services *probe_services;
extern uint64_t probe_host;
extern const omadm_csp_request *probe_kept; /* of the last get: must not be read afterwards */

/* ./Vendor/Probe: Value, Number, Secret (no Get), List/<X>, Box/<X>/Name, Run; DDF of both. The
 * staging one is at ./Vendor/Stage. */
extern const omadm_csp_descriptor probe_csp;
extern const omadm_csp_descriptor probe_staging_csp;
/* At ./Vendor/Bare, with open and close alone. */
extern const omadm_csp_descriptor probe_bare_csp;

/* Forgets orders, calls and values. */
void probe_reset(void);
/* Completes the pending request. */
omadm_err probe_complete(omadm_status status);

#endif
